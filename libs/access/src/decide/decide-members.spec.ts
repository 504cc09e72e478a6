import { describe, expect, it } from '@jest/globals';
import type { DecidedGrant } from './decide-grants.js';
import { decideMembers, type KnownMember, type MemberDecision } from './decide-members.js';

const grant = (entitlementId: string | null, policyId = 'policy'): DecidedGrant => ({
  applicationId: 'app',
  entitlementId,
  policyId,
  policyVersion: 1,
});
const member = (entitlementId: string, wanted: boolean): KnownMember => ({
  accountId: 'account',
  applicationId: 'app',
  entitlementId,
  wanted,
});
const decision = (entitlementId: string, wanted: boolean): MemberDecision => ({
  entitlementId,
  applicationId: 'app',
  accountId: 'account',
  wanted,
});
const ACCOUNT = new Map([['app', 'account']]);

describe('decideMembers', () => {
  it.each<[string, DecidedGrant[], KnownMember[], MemberDecision[]]>([
    ['wants what a grant gives', [grant('sales')], [], [decision('sales', true)]],
    ['gives an account alone no membership', [grant(null)], [], []],
    ['leaves what is wanted already', [grant('sales')], [member('sales', true)], []],
    ['wants again what was taken away', [grant('sales')], [member('sales', false)], [decision('sales', true)]],
    ['takes away what nothing justifies', [], [member('sales', true)], [decision('sales', false)]],
    ['leaves what was taken away already', [], [member('sales', false)], []],
    ['keeps what another grant still justifies', [grant('sales', 'other')], [member('sales', true)], []],
    ['wants once what two grants give', [grant('sales'), grant('sales', 'other')], [], [decision('sales', true)]],
    [
      'moves from one to another',
      [grant('it')],
      [member('sales', true)],
      [decision('it', true), decision('sales', false)],
    ],
  ])('%s', (_, grants, known, expected) => {
    expect(decideMembers(grants, known, ACCOUNT)).toEqual(expected);
  });

  it('waits with a membership until there is an account to hold it', () => {
    expect(decideMembers([grant('sales')], [], new Map())).toEqual([]);
  });
});
