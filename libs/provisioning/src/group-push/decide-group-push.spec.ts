import { describe, expect, it } from '@jest/globals';
import { decideGroupPush, type PushStep } from './decide-group-push.js';
import type { GroupPush } from './group-push.entity.js';

type Facts = Partial<
  Pick<GroupPush, 'followsName' | 'onEnd' | 'state'> & { name: string; gone: boolean; granted: boolean; held: boolean }
>;

describe('what is done about a pushed group', () => {
  it.each<[string, Facts, PushStep]>([
    ['nothing has changed', {}, { kind: 'none' }],
    ['another name', { name: 'Revenue' }, { kind: 'rename', name: 'Revenue' }],
    ['another name, and the application has its own', { name: 'Revenue', followsName: false }, { kind: 'none' }],
    ['gone, with members', { gone: true, granted: true, held: true }, expectedWait('granted')],
    ['gone, and a removal is held', { gone: true, held: true }, expectedWait('members')],
    ['gone and empty', { gone: true }, { kind: 'end', deletes: true }],
    ['gone, to be kept', { gone: true, onEnd: 'keep', held: true }, { kind: 'end', deletes: false }],
    ['gone, to be kept, still granted', { gone: true, onEnd: 'keep', granted: true }, expectedWait('granted')],
    ['ended by somebody while the source has it', { state: 'ending', name: 'Other' }, { kind: 'end', deletes: true }],
    ['ended', { state: 'ended', gone: true, name: 'Other' }, { kind: 'none' }],
  ])('%s', (_, facts, expected) => {
    const { followsName = true, onEnd = 'delete', state = 'following', name = 'Sales', gone = false } = facts;
    const left = { granted: facts.granted ?? false, held: facts.held ?? false };
    expect(decideGroupPush({ followsName, onEnd, state }, { name, isDeleted: gone }, 'Sales', left)).toEqual(expected);
  });
});

function expectedWait(word: string): PushStep {
  return { kind: 'wait', for: expect.stringContaining(word) as unknown as string };
}
