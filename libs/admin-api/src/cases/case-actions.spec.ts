import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@tenure/platform';
import { actionsFor, assertFits, CASE_KINDS, type CaseAction } from './case-actions.js';

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
  ] as const)('%s: %j', (kind, actions: readonly CaseAction[]) => {
    expect(actionsFor(kind)).toEqual(actions);
    expect(
      actions.filter((action) => action !== 'link').flatMap((action) => faultsOf(kind, action, undefined)),
    ).toEqual([]);
  });

  it('is something for every kind', () => {
    for (const kind of CASE_KINDS) expect(actionsFor(kind)).toContain('dismiss');
  });

  it.each([
    ['scan_suspected', 'retry', undefined, 'action does not fit a case of the kind scan_suspected; take dismiss'],
    ['correlation', 'link', undefined, 'identityId must say whom the record is about'],
    ['correlation', 'create', 'an id', 'identityId is for link only; leave it out to create'],
  ] as const)('%s, %s with %s is refused', (kind, action, identityId, fault) => {
    expect(faultsOf(kind, action, identityId)).toEqual([fault]);
  });
});
