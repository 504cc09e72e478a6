import { sameJson } from '@tenure/platform';
import { decideAccounts, type AccountRules, type KnownAccount } from '../decide/decide-accounts.js';
import {
  decideGrants,
  isSpared,
  type ActivePolicy,
  type DecidedGrant,
  type DecidingIdentity,
  type HeldGrant,
} from '../decide/decide-grants.js';

/** An account (no entitlement) or an entitlement. */
export type Item = Pick<DecidedGrant, 'applicationId' | 'entitlementId'>;

/** What a change of one policy does to one person's grants of it, before other reasons are looked at. */
export interface PolicyEffect {
  readonly gains: readonly Item[];
  readonly losses: readonly Item[];
  readonly failed: boolean;
  /** It would take something, but the person is protected. */
  readonly spared: boolean;
}

/** How the value of one attribute of an account changes. */
export interface ValueChange {
  readonly attribute: string;
  readonly before: unknown;
  readonly after: unknown;
}

const keyOf = ({ applicationId, entitlementId }: Item): string => `${applicationId}|${entitlementId ?? ''}`;

/** What a person gains and loses when a policy becomes another one; null: it is not in force. */
export function policyEffect(
  person: DecidingIdentity,
  before: ActivePolicy | null,
  after: ActivePolicy | null,
  held: readonly HeldGrant[],
  now: Date,
): PolicyEffect {
  const was = decideGrants(person, before ? [before] : [], held, now);
  const willBe = decideGrants(person, after ? [after] : [], held, now);
  const spared =
    isSpared(person) &&
    decideGrants({ ...person, protectedReason: null }, after ? [after] : [], held, now).ended.length > 0;
  return {
    gains: without(willBe.holds, was.holds),
    losses: without(was.holds, willBe.holds),
    failed: after !== null && willBe.verdicts.get(after.id) === 'failed',
    spared,
  };
}

/** Leaves out what other reasons justify: an account is justified by anything in its application. */
export function unjustifiedBy(items: readonly Item[], others: readonly Item[]): Item[] {
  const [kept, applications] = [new Set(others.map(keyOf)), new Set(others.map((item) => item.applicationId))];
  return items.filter((item) =>
    item.entitlementId === null ? !applications.has(item.applicationId) : !kept.has(keyOf(item)),
  );
}

/** Which values of a granted account change when the rules do, and which cannot be computed. */
export function mappingEffect(
  person: DecidingIdentity,
  account: KnownAccount,
  grants: readonly DecidedGrant[],
  before: AccountRules,
  after: AccountRules,
): { readonly changes: readonly ValueChange[]; readonly failed: boolean } {
  const was = attributesBy(person, account, grants, before).attributes;
  const { attributes: willBe, failed } = attributesBy(person, account, grants, after);
  const names = [...new Set([...Object.keys(was), ...Object.keys(willBe)])];
  const changes = names
    .map((attribute) => ({ attribute, before: was[attribute] ?? null, after: willBe[attribute] ?? null }))
    .filter((change) => !sameJson(change.before, change.after));
  return { changes, failed };
}

function attributesBy(
  person: DecidingIdentity,
  account: KnownAccount,
  grants: readonly DecidedGrant[],
  rules: AccountRules,
): { readonly attributes: KnownAccount['desired']['attributes']; readonly failed: boolean } {
  const { changes, failed } = decideAccounts(person, grants, [account], rules);
  return { attributes: changes[0]?.desired.attributes ?? account.desired.attributes, failed: failed.length > 0 };
}

const without = (items: readonly DecidedGrant[], others: readonly DecidedGrant[]): Item[] => {
  const known = new Set(others.map(keyOf));
  return items
    .filter((item) => !known.has(keyOf(item)))
    .map(({ applicationId, entitlementId }) => ({ applicationId, entitlementId }));
};
