import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Person } from '@tenure/identity';
import { compileMapping } from '@tenure/applications';
import type { DecidingIdentity, HeldGrant } from './decide-grants.js';
import { decidePerson, HOLDS_NOTHING, type HeldByPerson, type PersonDecision } from './decide-person.js';
import { scopeOfChange } from './scope-of-change.js';
import { planPolicy, rulesOf, type TenantRules } from './tenant-rules.js';

const START = Date.UTC(2026, 2, 1);
const FIELDS = ['department', 'title', 'location', 'country'] as const;
const APPLICATIONS = ['crm', 'wiki'];
const value = fc.constantFrom('a', 'b', null);
const person = fc.record({ department: value, title: value, location: value, country: value });

const condition = fc.oneof(
  fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom('a', 'b')).map(([field, is]) => `identity.${field} == "${is}"`),
  fc
    .tuple(fc.constantFrom(...FIELDS), fc.constantFrom(...FIELDS))
    .map(([one, other]) => `identity.${one} == identity.${other}`),
  fc.constant('true'),
);
const policy = fc.record({
  condition,
  application: fc.constantFrom(...APPLICATIONS),
  entitlements: fc.uniqueArray(fc.constantFrom('x', 'y'), { maxLength: 2 }),
  overlap: fc.option(fc.constant({ days: 2, then: 'remove' } as const)),
  priority: fc.integer({ min: 0, max: 2 }),
  gives: fc.option(fc.constantFrom('identity.location', '"fixed"')),
});

const rulesFrom = (policies: readonly (typeof policy extends fc.Arbitrary<infer T> ? T : never)[]): TenantRules =>
  rulesOf(
    '1',
    policies.map(({ application, entitlements, gives, ...rest }, index) =>
      planPolicy({
        ...rest,
        id: `p${index}`,
        name: `p${index}`,
        version: 1,
        request: null,
        grants: [
          {
            applicationId: application,
            entitlements: entitlements.map((name) => ({ id: `${application}-${name}`, kind: 'group', name })),
            ...(gives !== null && { attributes: { title: gives } }),
          },
        ],
      }),
    ),
    [],
    new Map(
      APPLICATIONS.map((id) => [id, compileMapping({ title: 'identity.title', department: 'identity.department' })]),
    ),
  );

/** What the person holds once a decision is written. */
function after(held: HeldByPerson, { grants, accounts }: PersonDecision): HeldByPerson {
  const ended = new Set(grants.ended.map(({ grant }) => grant.id));
  const changed = new Map(grants.changed.map((change) => [change.id, change]));
  const kept = held.grants
    .filter(({ id }) => !ended.has(id))
    .map((grant): HeldGrant => ({
      ...grant,
      endsAt: changed.has(grant.id) ? (changed.get(grant.id)?.endsAt ?? null) : grant.endsAt,
    }));
  const added = grants.added.map((grant): HeldGrant => ({
    ...grant,
    id: `${grant.policyId ?? ''}|${grant.applicationId}|${grant.entitlementId ?? ''}`,
    origin: 'policy',
    startsAt: null,
    endsAt: null,
    requestId: null,
  }));
  const written = new Map(accounts.changes.map((change) => [change.applicationId, change.desired]));
  const known = new Map(held.accounts.map((account) => [account.applicationId, account]));
  for (const [applicationId, desired] of written)
    known.set(applicationId, { id: applicationId, applicationId, desired, protectedReason: null });
  return { ...held, grants: [...kept, ...added], accounts: [...known.values()] };
}

const told = ({ grants, accounts }: PersonDecision): unknown => ({
  holds: grants.holds
    .map(({ policyId, applicationId, entitlementId }) => [policyId, applicationId, entitlementId])
    .sort(),
  added: grants.added,
  ended: grants.ended,
  changed: grants.changed,
  dueAt: grants.dueAt,
  accounts: accounts.changes,
});

describe('decidePerson', () => {
  it('comes to the same when it looks only at what reads the attributes that changed', () => {
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 6 }),
        fc.array(person, { minLength: 2, maxLength: 6 }),
        (policies, lives) => {
          const rules = rulesFrom(policies);
          let held = HOLDS_NOTHING;
          let before: Person | null = null;
          for (const [day, attributes] of lives.entries()) {
            const identity: DecidingIdentity = {
              id: 'ada',
              state: 'active',
              attributes,
              stateReason: null,
              managerId: null,
              isManager: false,
              protectedReason: null,
            };
            const now = new Date(START + day * 86_400_000);
            const known = before;
            const changed = known === null ? ['*'] : FIELDS.filter((field) => known[field] !== attributes[field]);
            const whole = decidePerson(identity, rules, held, now);
            const scope = changed.length === 0 ? null : scopeOfChange(changed, rules);
            const isDue = held.grants.some(({ endsAt }) => endsAt !== null && endsAt <= now);
            if (scope !== null) expect(told(decidePerson(identity, rules, held, now, scope))).toEqual(told(whole));
            // What nothing reads changes nothing, as long as the clock does not.
            else if (!isDue)
              expect(whole).toMatchObject({ grants: { added: [], ended: [], changed: [] }, accounts: { changes: [] } });
            held = after(held, whole);
            before = attributes;
          }
        },
      ),
      { seed: 20260301, numRuns: 400 },
    );
  });

  it('decides nothing more once its decision is written', () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 6 }), person, (policies, attributes) => {
        const rules = rulesFrom(policies);
        const identity: DecidingIdentity = {
          id: 'ada',
          state: 'active',
          attributes,
          stateReason: null,
          managerId: null,
          isManager: false,
          protectedReason: null,
        };
        const now = new Date(START);
        const held = after(HOLDS_NOTHING, decidePerson(identity, rules, HOLDS_NOTHING, now));
        expect(told(decidePerson(identity, rules, held, now))).toMatchObject({
          added: [],
          ended: [],
          changed: [],
          accounts: [],
        });
      }),
      { seed: 20260302, numRuns: 200 },
    );
  });
});
