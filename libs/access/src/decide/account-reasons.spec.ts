import { describe, expect, it } from '@jest/globals';
import { reasonsOf } from './account-reasons.js';
import type { DecidedGrant, HeldGrant } from './decide-grants.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const hold = (policyId: string | null, entitlementId: string | null = null, applicationId = 'crm'): DecidedGrant => ({
  ...{ applicationId, entitlementId, policyId, policyVersion: policyId === null ? null : 3 },
});
const held = (id: string, more: Partial<HeldGrant> = {}): HeldGrant => ({
  ...hold(null),
  ...{ id, origin: 'admin', startsAt: null, endsAt: null, requestId: null },
  ...more,
});
const NONE = { grantId: null, policyId: null, policyVersion: null, requestId: null, ended: null };

describe('reasonsOf', () => {
  it('names each policy once, with its version, and what was given to the person', () => {
    const reasons = reasonsOf(
      'crm',
      { holds: [hold('sales'), hold('sales', 'seller'), hold('wiki', null, 'wiki')], ended: [] },
      [held('given'), held('asked', { requestId: 'request', policyId: 'vault', policyVersion: 2 })],
      NOW,
    );
    expect(reasons).toEqual([
      { ...NONE, policyId: 'sales', policyVersion: 3 },
      { ...NONE, grantId: 'given' },
      { ...NONE, grantId: 'asked', requestId: 'request', policyId: 'vault', policyVersion: 2 },
    ]);
  });

  it('tells what ended, and not what has not begun', () => {
    const policy = held('g1', { origin: 'policy', policyId: 'sales', policyVersion: 2 });
    const over = held('g2');
    const later = held('g3', { startsAt: new Date('2026-04-01T00:00:00Z') });
    const ended = [
      { grant: policy, reason: 'unmatched' as const },
      { grant: over, reason: 'over' as const },
    ];
    expect(reasonsOf('crm', { holds: [], ended }, [policy, over, later], NOW)).toEqual([
      { ...NONE, policyId: 'sales', policyVersion: 2, ended: 'unmatched' },
      { ...NONE, grantId: 'g2', ended: 'over' },
    ]);
  });
});
