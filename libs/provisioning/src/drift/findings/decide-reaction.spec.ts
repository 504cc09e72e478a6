import { describe, expect, it } from '@jest/globals';
import type { DriftRules } from '@tenure/applications';
import { decideReaction, obstacleTo, type Reacted, type ReactionFacts } from './decide-reaction.js';
import type { DriftKind } from './drift-finding.entity.js';

const REVERT: DriftRules = { reaction: 'revert' };
const facts = (rules: DriftRules, change: Partial<ReactionFacts> = {}): ReactionFacts => ({
  ...{ rules, mode: 'enforce', isProtected: false, hasLeft: false },
  ...change,
});
const of = (kind: DriftKind, attribute = '', desired: unknown = 'x'): Reacted => ({ kind, attribute, desired });

describe('decideReaction', () => {
  it.each<[string, ReturnType<typeof of>, ReactionFacts, string]>([
    [
      'C15: does not write again what the application did not take',
      { ...of('attribute', 'title'), isKept: true },
      facts(REVERT),
      'ask',
    ],
    ['asks when nothing is said', of('attribute', 'title'), facts({}), 'ask'],
    ['does what is said of everything', of('missing'), facts(REVERT), 'revert'],
    [
      'does what is said of the attribute',
      of('attribute', 'title'),
      facts({ ...REVERT, attributes: { title: 'adopt' } }),
      'adopt',
    ],
    ['does what is said of `enabled`', of('disabled'), facts({ attributes: { enabled: 'revert' } }), 'revert'],
    ['shuts what must not be open without waiting', of('enabled'), facts(REVERT), 'revert urgently'],
    ['does what is said of memberships', of('member_added'), facts({ ...REVERT, entitlements: 'ask' }), 'ask'],
    ['cannot take over that an account is gone', of('missing'), facts({ reaction: 'adopt' }), 'ask'],
    [
      'shuts a leaver out, whatever is said',
      of('enabled'),
      facts({ reaction: 'ask' }, { hasLeft: true }),
      'revert urgently',
    ],
    [
      'takes a leaver out of groups, whatever is said',
      of('member_added'),
      facts({}, { hasLeft: true }),
      'revert urgently',
    ],
    ['does not change a leaver’s values for that', of('attribute', 'title'), facts({}, { hasLeft: true }), 'ask'],
    [
      'touches no protected account, not even a leaver’s',
      of('enabled'),
      facts(REVERT, { hasLeft: true, isProtected: true }),
      'ask',
    ],
    [
      'takes nothing over of a protected account',
      of('attribute', 'title'),
      facts({ reaction: 'adopt' }, { isProtected: true }),
      'ask',
    ],
    ['writes nothing where it only observes', of('missing'), facts(REVERT, { mode: 'observe' }), 'ask'],
    [
      'takes over also where it only observes',
      of('attribute', 'title'),
      facts({ reaction: 'adopt' }, { mode: 'observe' }),
      'adopt',
    ],
    ['disables nobody where it only adds', of('enabled'), facts(REVERT, { mode: 'add_only', hasLeft: true }), 'ask'],
    ['clears nothing where it only adds', of('attribute', 'title', null), facts(REVERT, { mode: 'add_only' }), 'ask'],
    ['sets values where it only adds', of('attribute', 'title'), facts(REVERT, { mode: 'add_only' }), 'revert'],
    ['adds members where it only adds', of('member_removed'), facts(REVERT, { mode: 'add_only' }), 'revert'],
    ['removes none there', of('member_added'), facts(REVERT, { mode: 'add_only' }), 'ask'],
  ])('%s', (_, difference, given, expected) => {
    const { reaction, urgent } = decideReaction(difference, given);
    expect(`${reaction}${urgent ? ' urgently' : ''}`).toBe(expected);
  });

  it.each([
    [{ mode: 'enforce', isProtected: false }, null],
    [{ mode: 'enforce', isProtected: true }, 'account_protected'],
    [{ mode: 'observe', isProtected: false }, 'mode_observes'],
    [{ mode: 'add_only', isProtected: false }, 'mode_removes_nothing'],
  ] as const)('for a person too, %p stands for %p', (given, expected) => {
    expect(obstacleTo(of('orphan'), given)).toBe(expected);
  });
});
