import type { Tx } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { closeCases, openCase } from '../cases/cases.js';
import type { IdentityDecision } from './decide-identity.js';
import type { Identity } from '../model/identity.entity.js';
import { lockKeys } from '../correlation/correlation-store.js';
import {
  circledAbove,
  claimantsOf,
  findCircle,
  findManager,
  formerNumbersOf,
  managerNames,
  type CircleMember,
  type ManagerClaim,
} from './manager-store.js';
import { hasLeft, type Person } from '../model/person.js';

/** What is known of a circle of managers that somebody may be in. */
export interface Circle {
  readonly closed: boolean;
  readonly others: readonly CircleMember[];
  /** False: nothing can have changed since it was looked at. */
  readonly looked: boolean;
}

/** An identity as it was and as it is now. */
export interface ChangedIdentity {
  readonly id: string;
  readonly known: Identity | null;
  readonly decision: IdentityDecision;
  readonly circle: Circle;
}

const OPEN: Circle = { closed: false, others: [], looked: true };

/** Whether this person's manager closes a circle. Nobody looks where nothing can have changed. */
export async function lookForCircle(tx: Tx, subject: Subject, person: Person, claim: ManagerClaim): Promise<Circle> {
  const { employeeNumber: own = null, managerEmployeeNumber: manager } = person;
  const { id, known } = subject;
  const names = managerNames(id, own);
  // Whom nobody can name is in no circle.
  if (!manager || (known === null && !own)) return OPEN;
  if (names.includes(manager) || claim.managerId === id) return { ...OPEN, closed: true };
  if (claim.managerId === null) return OPEN;
  const same = sameAsBefore(subject, own, manager, claim);
  if (same !== null) return { closed: same.managerCycle, others: [], looked: false };
  const { hasClaimants } =
    known === null ? claim : await claimAlone(tx, [...names, ...(await formerNumbersOf(tx, id))], manager);
  const others = hasClaimants ? await findCircle(tx, id, claim.managerId) : null;
  return others === null ? OPEN : { closed: true, others, looked: true };
}

/**
 * The claim, once nobody else can name this person, or give its manager another, before this transaction ends. What a
 * record says of somebody new has locked both numbers; a person's number and manager may come from two records.
 */
async function claimAlone(tx: Tx, names: readonly string[], manager: string): Promise<ManagerClaim> {
  await lockKeys(tx, [
    ...names.map((own) => ({ key: `employeeNumber|${own}`, shared: false })),
    { key: `employeeNumber|${manager}`, shared: true },
  ]);
  return findManager(tx, manager, names);
}

interface Subject {
  readonly id: string;
  readonly known: Identity | null;
  readonly recheck?: boolean;
}

/** The identity itself when its claim is what it was and nobody asks to look again. */
function sameAsBefore(
  { known, recheck }: Subject,
  own: string | null,
  manager: string,
  { managerId }: ManagerClaim,
): Identity | null {
  if (known === null || recheck === true) return null;
  const isSame = known.managerNumber === manager && known.employeeNumber === own;
  return isSame && (known.managerCycle || known.managerId === managerId) ? known : null;
}

/** A circle is asked about while it is closed. */
export async function keepCircleCase(
  tx: Tx,
  by: Actor,
  { id, known, decision, circle }: ChangedIdentity,
  now: Date,
): Promise<void> {
  if (!circle.looked) return;
  if (!circle.closed) {
    if (known?.managerCycle === true) await closeCases(tx, now, { kind: 'manager_cycle', subjectId: id }, by);
    return;
  }
  const reason = `The managers go round in a circle of ${circle.others.length + 1}; none of them is believed until a source corrects one.`;
  const { managerEmployeeNumber } = decision.after.person;
  const details = { managerEmployeeNumber, circle: [id, ...circle.others.map((other) => other.id)] };
  await openCase(tx, now, { kind: 'manager_cycle', subjectId: id, reason, details });
}

/** A circle that was closed or opened is one for everybody in it: whoever spoke last makes no difference. */
export async function othersInCircle(tx: Tx, { id, known, decision, circle }: ChangedIdentity): Promise<string[]> {
  if (!circle.looked) return [];
  const joining = circle.others.filter((other) => !other.circled).map((other) => other.id);
  if (known?.managerCycle !== true || known.managerNumber === null) return joining;
  if (circle.closed && known.managerNumber === decision.after.person.managerEmployeeNumber) return joining;
  const staying = new Set([id, ...circle.others.map((other) => other.id)]);
  const leaving = await circledAbove(tx, known.managerNumber);
  return [...joining, ...leaving.filter((one) => !staying.has(one))];
}

/** Those who name this person as their manager, when the number that they name it by has changed. */
export async function claimantsAffected(
  tx: Tx,
  { id, decision: { before, after } }: Pick<ChangedIdentity, 'id' | 'decision'>,
): Promise<string[]> {
  const [was, is] = [before?.person.employeeNumber ?? null, after.person.employeeNumber ?? null];
  if (was === is) return [];
  const claimants = await claimantsOf(
    tx,
    [was, is].filter((number) => number !== null),
  );
  return claimants.filter((claimant) => claimant !== id);
}

/** The managers that the person got or lost: whether they are managers at all may have changed. */
export function managersAffected({ decision: { before, after } }: Pick<ChangedIdentity, 'decision'>): string[] {
  const [was, is] = [before, after].map((facts) => (facts && !hasLeft(facts) ? facts.managerId : null));
  return was === is ? [] : [was, is].filter((manager) => manager != null).sort();
}
