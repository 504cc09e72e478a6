import { BEHIND, type AccountState } from './account.entity.js';

/*
 * The work state of an account: what is to be done with it, when, and what is known of a call that may still arrive.
 *
 * | state      | meaning                                              | leaves it by                                        |
 * | ---------- | ---------------------------------------------------- | --------------------------------------------------- |
 * | `pending`  | to be brought to its desired state                   | an outcome                                          |
 * | `active`   | applied, usable                                      | whatever is newly desired, ordered or found         |
 * | `disabled` | applied, not usable                                  | the same; a step of a leave that comes due          |
 * | `deleted`  | gone after the leave's `delete`                      | the same                                            |
 * | `withheld` | the application's mode forbids what is planned       | `mode_changed`                                      |
 * | `waiting`  | for the person's account in another application      | `woken`                                             |
 * | `held`     | a safety budget keeps it back                        | `released`, `rejected`, `named`                     |
 * | `failed`   | out of tries                                         | `retried`                                           |
 * | `skipped`  | a person said to leave it                            | `retried`, `named`                                  |
 *
 * `desired`, `reprovisioned`, `linked` and `reverted` lead from every state to `pending`.
 *
 * Four rules hold for every transition, and are written here and nowhere else:
 *
 * - **Fence.** A turn writes its outcome under the fencing number of its lease. What makes the turn's knowledge stale
 *   (the account is another one in the application, it is to be looked at anew, it is skipped) raises the number; the
 *   lease itself stays until it ends, because a call may be under way.
 * - **Settle wait.** A call without an answer may still be carried out until `settle_until`. `due_at` is never before it,
 *   whoever makes the account due (a CHECK constraint refuses a statement that forgets). Only an outcome sets or ends it.
 * - **Runnable.** False in `withheld`, `waiting`, `held`, `failed` and `skipped`; true in all others.
 * - **Mode.** An outcome that a mode has withheld counts only while the application still has that mode.
 */

/** What happens to accounts, outcomes and leases apart. */
export type AccountEvent =
  | 'desired'
  | 'owed'
  | 'leaving'
  | 'step_ordered'
  | 'reprovisioned'
  | 'linked'
  | 'reverted'
  | 'vanished'
  | 'missing'
  | 'retried'
  | 'skipped'
  | 'released'
  | 'rejected'
  | 'named'
  | 'waits'
  | 'woken'
  | 'mode_changed';

interface Transition {
  /** Accounts in other states stay as they are. Absent: from every state. */
  readonly from?: readonly AccountState[];
  /** `same`: as it is; `unfailed`: the same, and `pending` where it had failed. */
  readonly to: AccountState | 'same' | 'unfailed';
  /** The account is due now, as far as a settle wait allows; its tries, its error, its plan and its note begin anew. */
  readonly begins?: true;
  /** One more desired version. */
  readonly version?: true;
  /** Look before anything is sent: always, or where a call may be under way. */
  readonly look?: 'always' | 'while_leased';
  /** The turn under way, if there is one, writes no outcome. */
  readonly fence?: true;
  /** Steps of a leave are due. */
  readonly owed?: true;
}

/** The transitions, each of them a row: which states it leads from, where to, and what it changes. */
export const ACCOUNT_TRANSITIONS: Readonly<Record<AccountEvent, Transition>> = {
  // Access wants something else of the account.
  desired: { to: 'pending', begins: true, version: true },
  // Steps of a leave have come due. What is parked for another reason stays parked; its exit finds the steps.
  owed: { to: 'same', owed: true },
  // A leave begins, together with `desired`.
  leaving: { to: 'same', owed: true },
  // A person said something of a step: it, or what waited for it, is carried out now.
  step_ordered: {
    from: ['pending', 'active', 'disabled', 'deleted', 'failed'],
    to: 'unfailed',
    begins: true,
    owed: true,
  },
  // A person asks for a look, and for everything that is desired.
  reprovisioned: { to: 'pending', begins: true, version: true, look: 'always', fence: true },
  // A person said which account of the application this is.
  linked: { to: 'pending', begins: true, version: true, look: 'always', fence: true },
  // A scan saw another state, and the application is to be brought back.
  reverted: { to: 'pending', begins: true, version: true },
  // A scan did not find the account, and it is to be there.
  vanished: { to: 'pending', begins: true, version: true, look: 'always' },
  // A call for a membership met no such account.
  missing: { from: ['active'], to: 'pending', begins: true, version: true, look: 'always' },
  retried: { from: ['failed', 'skipped'], to: 'pending', begins: true },
  skipped: { to: 'skipped', look: 'while_leased', fence: true },
  released: { from: ['held'], to: 'pending', begins: true },
  rejected: { from: ['held'], to: 'skipped' },
  // The person has left, or is suspended, by name: nothing that was said of a mere absence keeps the account.
  named: { from: ['held', 'skipped'], to: 'pending', begins: true },
  // Under the lease that was just taken, which ends with it: no call was made.
  waits: { from: ['pending', 'active', 'disabled', 'deleted'], to: 'waiting' },
  woken: { from: ['waiting'], to: 'pending', begins: true },
  mode_changed: { from: ['withheld'], to: 'pending', begins: true, look: 'always' },
};

/** States in which nothing is tried until the event that leads out of them. */
export const PARKED: ReadonlySet<AccountState> = new Set<AccountState>([
  'withheld',
  'waiting',
  'held',
  'failed',
  'skipped',
]);

/** SQL list of the parked states. */
const PARKED_LIST = [...PARKED].map((state) => `'${state}'`).join(', ');

/**
 * The assignments of an event, for `UPDATE accounts <alias> SET …`. The statement chooses the rows, adds what is not work
 * state (`desired`, `cause`, `priority`, `observed`, `remote_id`), and takes `whereEvent` into its condition.
 */
export function setsOf(event: AccountEvent, alias = 'a'): string {
  const { to, begins, version, look, fence, owed } = ACCOUNT_TRANSITIONS[event];
  const now = dueNow(alias);
  const sets = [stateSets(to, alias)];
  if (begins) sets.push(`due_at = ${now}, attempts = 0, error = NULL, plan = NULL, note = NULL`);
  if (version) sets.push(`desired_version = ${alias}.desired_version + 1`);
  if (look === 'always') sets.push('look_first = true');
  if (look === 'while_leased') sets.push(`look_first = ${alias}.look_first OR ${isLeased(alias)}`);
  if (fence) sets.push(`fence = ${alias}.fence + 1`);
  if (owed) sets.push('owed = true');
  if (event === 'owed') sets.push(`due_at = CASE WHEN ${isBehind(alias)} THEN ${alias}.due_at ELSE ${now} END`);
  if (event === 'waits') sets.push('lease_until = NULL');
  return sets.filter((set) => set !== '').join(', ');
}

/** The condition under which an event means something for an account: the states that it leads from. */
export function whereEvent(event: AccountEvent, alias = 'a'): string {
  const { from } = ACCOUNT_TRANSITIONS[event];
  return from === undefined ? 'true' : `${alias}.state IN (${from.map((state) => `'${state}'`).join(', ')})`;
}

/**
 * The assignments that begin a turn. A lease that ran out was never ended by an outcome: what its calls did is unknown.
 * @param leaseMs SQL for the length of the lease (ms)
 */
export const leaseSets = (leaseMs: string): string =>
  `lease_until = clock_timestamp() + make_interval(secs => ${leaseMs}::float8 / 1000), fence = fence + 1,
   look_first = look_first OR lease_until IS NOT NULL`;

/** What a turn writes of one account, as the columns of the record set `o` of `outcomeSets`. */
export interface WorkOutcome {
  readonly state: AccountState;
  /** The version that this outcome speaks of: a newer one is runnable at once, and its tries begin anew. */
  readonly ofVersion: string;
  /** Until the next try. */
  readonly delayMs: number;
  /** So long the application may still carry out a call that was not answered; 0: nothing is under way. */
  readonly settleMs: number;
  readonly attempts: number;
  readonly lookFirst: boolean;
  readonly error: unknown;
  readonly plan: unknown;
  /** Why it is held or skipped. */
  readonly note: string | null;
}

/** The types of `WorkOutcome` for `jsonb_to_recordset`. */
export const WORK_OUTCOME_COLUMNS =
  'state text, "ofVersion" bigint, "delayMs" float8, "settleMs" float8, attempts int, "lookFirst" boolean, error jsonb, plan jsonb, note text';

/**
 * The assignments that end a turn, of accounts `a` and outcomes `o`; the statement compares the fence.
 * @param modeHolds SQL boolean: the application still has the mode of the turn
 * @param now SQL for the time by which steps of leaves are due
 */
export function outcomeSets(modeHolds: string, now: string): string {
  const stale = `(a.desired_version > o."ofVersion" OR (o.state = 'withheld' AND NOT ${modeHolds}))`;
  const settles = `CASE WHEN o."settleMs" > 0 THEN greatest(a.settle_until, statement_timestamp() + make_interval(secs => o."settleMs" / 1000))
      WHEN o."lookFirst" THEN a.settle_until END`;
  return `state = CASE WHEN ${stale} THEN 'pending' ELSE o.state END,
    runnable = ${stale} OR o.state NOT IN (${PARKED_LIST}),
    settle_until = ${settles},
    due_at = greatest(CASE WHEN ${stale} THEN '-infinity' ELSE statement_timestamp() + make_interval(secs => o."delayMs" / 1000) END, ${settles}),
    attempts = CASE WHEN ${stale} THEN 0 ELSE o.attempts END,
    look_first = o."lookFirst", error = o.error,
    plan = CASE WHEN ${stale} THEN NULL ELSE o.plan END,
    note = CASE WHEN ${stale} THEN NULL ELSE o.note END,
    lease_until = NULL,
    owed = a.owed AND (${stale} OR EXISTS (SELECT FROM leave_steps s
      WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id AND s.state = 'due' AND s.due_at <= ${now}))`;
}

function stateSets(to: AccountState | 'same' | 'unfailed', alias: string): string {
  if (to === 'same') return '';
  if (to === 'unfailed')
    return `state = CASE ${alias}.state WHEN 'failed' THEN 'pending' ELSE ${alias}.state END, runnable = true`;
  return `state = '${to}', runnable = ${String(!PARKED.has(to))}`;
}

/** At once, but never before a settle wait has ended. */
const dueNow = (alias: string): string => `greatest('-infinity', ${alias}.settle_until)`;

const isLeased = (alias: string): string => `coalesce(${alias}.lease_until >= clock_timestamp(), false)`;

const isBehind = (alias: string): string =>
  BEHIND.replace(/\b(applied_version|desired_version|owed)\b/g, `${alias}.$1`);
