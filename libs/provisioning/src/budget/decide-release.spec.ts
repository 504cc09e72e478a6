import { describe, expect, it } from '@jest/globals';
import { judgeRelease, openness, type DecidableItem } from './decide-release.js';

const HELD: DecidableItem = { state: 'held', version: '3', currentVersion: '3', approvedBy: null };

describe('a release', () => {
  it.each<[string, Partial<DecidableItem>, boolean, string]>([
    ['is done by one person', {}, false, 'release'],
    [
      'is done by one person, also when somebody approved it while two were needed',
      { approvedBy: 'ada' },
      false,
      'release',
    ],
    ['waits for a second one where two are needed', {}, true, 'approve'],
    ['is done by the second person', { approvedBy: 'ada' }, true, 'release'],
    ['is not done by the first one again', { approvedBy: 'ben' }, true, 'same_person'],
    ['of what was rejected comes too late', { state: 'rejected' }, false, 'decided'],
    ['of what was released comes too late', { state: 'released' }, true, 'decided'],
    ['of what expired comes too late', { state: 'expired' }, false, 'decided'],
    ['of what a newer version has overtaken does nothing', { currentVersion: '4' }, false, 'superseded'],
    ['… also where it is marked already', { state: 'superseded', currentVersion: '4' }, true, 'superseded'],
    ['… or the membership is gone', { currentVersion: null }, true, 'superseded'],
  ])('%s', (_, item, secondPerson, verdict) =>
    expect(judgeRelease({ ...HELD, ...item }, 'ben', secondPerson)).toBe(verdict),
  );

  it('goes by whether the item is open', () => expect(openness(HELD)).toBe('open'));
});
