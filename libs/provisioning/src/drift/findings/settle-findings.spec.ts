import { describe, expect, it } from '@jest/globals';
import type { Difference } from './compare-account.js';
import type { ReactionFacts } from './decide-reaction.js';
import { settleFindings, type StandingFinding } from './settle-findings.js';

const title = (observed: string): Difference => ({
  ...{ kind: 'attribute', attribute: 'title', desired: 'Clerk', applied: 'Clerk', observed, cause: 'somebody' },
});
const stands = (state: 'open' | 'ignored', observed = 'Boss'): StandingFinding => ({
  ...{ id: 'f1', kind: 'attribute', attribute: 'title', observed, state },
});
const ASK: ReactionFacts = { rules: {}, mode: 'enforce', isProtected: false, hasLeft: false };

describe('settleFindings', () => {
  it.each<[string, Difference[], StandingFinding[], ReactionFacts, string[], string[]]>([
    ['opens what is new', [title('Boss')], [], ASK, ['new open'], []],
    ['keeps what stands', [title('Boss')], [stands('open')], ASK, ['f1 open'], []],
    ['asks anew when it became another one', [title('Queen')], [stands('open')], ASK, ['new open'], ['f1']],
    ['closes what is gone', [], [stands('open')], ASK, [], ['f1']],
    ['leaves ignored what stays the same', [title('Boss')], [stands('ignored')], ASK, ['f1 ignored'], []],
    [
      'asks again about an ignored one that became another',
      [title('Queen')],
      [stands('ignored')],
      ASK,
      ['new open'],
      ['f1'],
    ],
    [
      'does what the rules say by now',
      [title('Boss')],
      [stands('open')],
      { ...ASK, rules: { reaction: 'revert' } },
      ['f1 reverted'],
      [],
    ],
    [
      'leaves ignored what the rules would undo',
      [title('Boss')],
      [stands('ignored')],
      { ...ASK, rules: { reaction: 'revert' } },
      ['f1 ignored'],
      [],
    ],
  ])('%s', (_, differences, standing, facts, settled, closed) => {
    const decision = settleFindings(differences, standing, facts);
    expect(decision.settled.map(({ standingId, state }) => `${standingId ?? 'new'} ${state}`)).toEqual(settled);
    expect(decision.closedIds).toEqual(closed);
  });

  it('shuts out a leaver although it was ignored', () => {
    const enabled: Difference = { ...title('x'), kind: 'enabled', attribute: '', desired: false, observed: true };
    const standing: StandingFinding = { id: 'f1', kind: 'enabled', attribute: '', observed: true, state: 'ignored' };
    const { settled } = settleFindings([enabled], [standing], { ...ASK, hasLeft: true });
    expect(settled).toMatchObject([{ standingId: 'f1', state: 'reverted', urgent: true }]);
  });
});
