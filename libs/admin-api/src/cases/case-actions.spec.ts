import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@tenure/platform';
import { actionsFor, assertFits, CASE_KINDS, type CaseAction, type Said } from './case-actions.js';

/** The details that an action requires. */
const SAID: Partial<Record<CaseAction, Said>> = { link: { identityId: 'an id' }, keep_account: { accountId: 'an id' } };

const faultsOf = (...given: Parameters<typeof assertFits>): readonly string[] => {
  try {
    assertFits(...given);
  } catch (error) {
    if (error instanceof Refusal) return error.faults.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
};

describe('what can be done about a case', () => {
  it.each([
    ['correlation', ['link', 'create', 'retry', 'dismiss']],
    ['disputed', ['link', 'create', 'retry', 'dismiss']],
    ['external_id_twice', ['dismiss']],
    ['merge', ['retry', 'dismiss']],
    ['login_list_unreadable', ['retry', 'dismiss']],
    // Nothing of these can be evaluated again as a person could be.
    ['source_silent', ['dismiss']],
    ['ambiguous_account', ['dismiss']],
    ['scan_suspected', ['dismiss']],
    ['duplicate_account', ['keep_account', 'dismiss']],
  ] as const)('%s: %j', (kind, actions: readonly CaseAction[]) => {
    expect(actionsFor(kind)).toEqual(actions);
    expect(actions.flatMap((action) => faultsOf(kind, action, SAID[action] ?? {}))).toEqual([]);
  });

  it('is something for every kind', () => {
    for (const kind of CASE_KINDS) expect(actionsFor(kind)).toContain('dismiss');
  });

  it.each([
    ['scan_suspected', 'retry', {}, 'action does not fit a case of the kind scan_suspected; take dismiss'],
    ['correlation', 'link', {}, 'identityId must say whom the record is about'],
    ['correlation', 'create', { identityId: 'an id' }, 'identityId is for link only; leave it out to create'],
    ['duplicate_account', 'keep_account', {}, 'accountId must say which of the two accounts stays'],
    [
      'duplicate_account',
      'dismiss',
      { accountId: 'an id' },
      'accountId is for keep_account only; leave it out to dismiss',
    ],
    [
      'correlation',
      'keep_account',
      { accountId: 'an id' },
      'action does not fit a case of the kind correlation; take link, create, retry, dismiss',
    ],
  ] as const)('%s, %s with %j is refused', (kind, action, said, fault) => {
    expect(faultsOf(kind, action, said)).toEqual([fault]);
  });
});
