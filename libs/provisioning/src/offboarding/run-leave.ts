import { ConnectorError, type Connector, type ObservedAccount, type ObservedEntitlement } from '@tenure/connectors';
import type { LeaveStepKind } from '@tenure/applications';
import { classify, Postponed, type Attempt } from '../attempt/attempt.js';
import { doubtOfDisabling } from './doubt-of-disabling.js';
import { NotAsWritten, workError } from '../attempt/work-error.js';
import type { DueLeaveStep, LeaveStepResult } from './leave-steps.js';

/** How memberships are kept in step while a leave takes them away past their own rows. */
export interface MembershipMarks {
  doubt(remoteIds: readonly string[]): Promise<void>;
  settle(remoteIds: readonly string[]): Promise<void>;
}

/** The account of somebody who leaves, as it is by now. */
export interface Leaver {
  /** Null: there is no such account, or there is none any more. */
  remoteId: string | null;
  /** Null: it does not read. */
  observed: ObservedAccount | null;
  /** We disabled it, so that it does not read may be the application's way of showing that. */
  readonly wasDisabled: boolean;
  /** The application refused to disable it, for good. */
  readonly refusal: ConnectorError | null;
}

/** What a leave needs besides the account. */
export interface LeavePorts {
  readonly marks: MembershipMarks;
  readonly whyNotDelete: () => Promise<string | null>;
  readonly now: () => Date;
}

/** Nothing is deleted before this is done: what a person owns would be lost, and nobody would have looked. */
const BEFORE_DELETE: ReadonlySet<LeaveStepKind> = new Set<LeaveStepKind>(['disable', 'transfer', 'read_back']);
const BLOCKED_FOR_MS = 3_600_000;

/** What the application did not do at all, and a try later may: the turn ends, and the step stays due. */
const AGAIN = new Set(['retryable', 'rate_limited', 'outcome_unknown', 'auth']);

/** Whether an error says nothing of what was asked, so that a later try may do it. */
export const isForLater = (error: unknown): boolean =>
  !(error instanceof ConnectorError) || error instanceof Postponed || AGAIN.has(error.errorClass);

/** Carries out what is due of a leave, step by step, once the account itself is as it must be. */
export class LeaveRun {
  private steps: readonly DueLeaveStep[] = [];
  private kept: LeaveStepResult[] = [];
  /** `disable` while it waits for the read-back that judges it. */
  private awaiting: DueLeaveStep | null = null;
  /** What was sent for `remove_entitlements`, while it waits for the same. */
  private removal: Removal | null = null;
  private unproven: Unproven | null = null;

  constructor(
    private readonly connector: Connector,
    private readonly attempt: Attempt,
    private readonly ports: LeavePorts,
    readonly leaver: Leaver,
  ) {}

  /** What became of the steps, in their order. */
  get results(): readonly LeaveStepResult[] {
    const order = new Map(this.steps.map(({ id }, index) => [id, index]));
    return [...this.kept].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  }

  /**
   * Throws the first failure that a later try may mend; what was done before it is in `results`. What did not read back as it must be
   * stops no other step, and is thrown at the end.
   */
  async run(steps: readonly DueLeaveStep[]): Promise<void> {
    this.steps = steps;
    for (const step of steps) await this.step(step);
    if (this.unproven !== null && this.leaver.refusal === null)
      throw new NotAsWritten(this.unproven.message, this.connector.capabilities.settleMs);
  }

  private async step(step: DueLeaveStep): Promise<void> {
    const { remoteId } = this.leaver;
    // Nothing is there, so nothing is left to do.
    if (remoteId === null) return this.keep(step, 'done', 'The application has no such account.');
    if (step.kind === 'disable' && this.isReadBack(step)) {
      this.awaiting = step;
      return;
    }
    try {
      this.refuseBlocked(step);
      const note = await this.carryOut(step, remoteId);
      if (this.removal?.step !== step) this.keep(step, 'done', note);
    } catch (error) {
      await this.failed(step, remoteId, error);
    }
  }

  private async failed(step: DueLeaveStep, remoteId: string, error: unknown): Promise<void> {
    if (error instanceof NotNow) return this.keep(step, null, error.message, null, BLOCKED_FOR_MS);
    if (error instanceof Unproven) return this.stayUnproven(step, error);
    if (!(error instanceof ConnectorError) || isForLater(error)) throw error;
    if (error.errorClass === 'not_found' && (await this.isGone(remoteId))) return this.gone(step);
    this.keep(step, error.errorClass === 'unsupported' ? 'unsupported' : 'failed', null, error);
  }

  /** It stays due and the account is tried again, unless the application has refused: then a person must look. */
  private stayUnproven(step: DueLeaveStep, error: Unproven): void {
    const { refusal } = this.leaver;
    this.unproven ??= error;
    this.keep(step, refusal === null ? null : 'failed', error.message, refusal);
  }

  /** A read-back comes after everything else, and tells for `disable` too. */
  private isReadBack({ episode }: DueLeaveStep): boolean {
    return this.steps.some((step) => step.kind === 'read_back' && step.episode === episode);
  }

  /** What a group or a session answers says nothing of the account: only the account itself does. */
  private async isGone(remoteId: string): Promise<boolean> {
    await this.look(remoteId);
    return this.leaver.observed === null;
  }

  private async look(remoteId: string): Promise<void> {
    this.leaver.observed = await this.attempt.run('look', null, (call) => this.connector.get(call, remoteId));
  }

  private refuseBlocked({ kind, blockedBy, episode }: DueLeaveStep): void {
    const open = kind === 'delete' ? (blockedBy ?? this.openOf(episode)) : null;
    if (open !== null) throw new NotNow(`Waits for "${open}": do it, mark it as done, or skip it.`);
  }

  /** What must be done before a deletion and was not, in this very turn. */
  private openOf(episode: string): LeaveStepKind | null {
    const open = this.steps.find(
      (step) => step.episode === episode && BEFORE_DELETE.has(step.kind) && this.stateOf(step) !== 'done',
    );
    return open?.kind ?? null;
  }

  private stateOf({ id }: DueLeaveStep): LeaveStepResult['state'] {
    return this.kept.find((result) => result.id === id)?.state ?? null;
  }

  /** Does one step; gives a note for whoever reads the report. */
  private carryOut(step: DueLeaveStep, id: string): Promise<string | null> {
    const methods: Readonly<Record<LeaveStepKind, () => Promise<string | null>>> = {
      disable: () => this.disabled(id),
      end_sessions: () => this.endSessions(id),
      remove_entitlements: () => this.removeEntitlements(step, id),
      transfer: () => this.transfer(step, id),
      reclaim_licence: () => this.reclaimLicence(id),
      read_back: () => this.readBack(step, id),
      delete: () => this.remove(id),
    };
    return methods[step.kind]();
  }

  private gone(step: DueLeaveStep): void {
    // One that we disabled may be hidden: its id is needed when the person is back.
    if (!this.leaver.wasDisabled) this.leaver.remoteId = null;
    this.keep(step, 'done', 'The application has no such account any more.');
    this.settleDisabled();
  }

  /** The read-back is here: what it still shows was not removed, whatever the answer was, and is removed again. */
  private async settleRemoval(left: readonly ObservedEntitlement[]): Promise<void> {
    const { removal } = this;
    if (removal === null) return;
    this.removal = null;
    const leftIds = new Set(left.map((entitlement) => entitlement.id));
    await this.ports.marks.settle(removal.ids.filter((id) => !leftIds.has(id)));
    if (left.length === 0) this.keep(removal.step, 'done', removal.note);
    else this.stayUnproven(removal.step, stillIn(left));
  }

  private async disabled(id: string): Promise<string | null> {
    await this.look(id);
    refuseDoubt(doubtOfDisabling(this.leaver.observed));
    return null;
  }

  /** The read-back is here: it is what `disable` is judged by, whatever the answer to it was. */
  private settleDisabled(): void {
    const step = this.awaiting;
    if (step === null) return;
    this.awaiting = null;
    const doubt = doubtOfDisabling(this.leaver.observed);
    if (doubt === null) this.keep(step, 'done', null);
    else this.stayUnproven(step, new Unproven(doubt));
  }

  private async endSessions(id: string): Promise<string | null> {
    const end = able(this.connector.endSessions, this.connector, 'end sessions');
    await this.attempt.run('end_sessions', null, (call) => end(call, id));
    return null;
  }

  private async removeEntitlements(step: DueLeaveStep, id: string): Promise<string | null> {
    if (this.connector.capabilities.entitlementKinds.length === 0) return 'The application grants nothing.';
    const held = await this.entitlementsOf(id);
    if (held.length === 0) return null;
    await this.ports.marks.doubt(held.map((entitlement) => entitlement.id));
    const failures = await this.removeFromEach(id, held);
    // A 404 may speak of the group or of the member: what still holds the account tells.
    const left = failures.size === 0 ? [] : (await this.entitlementsOf(id)).filter((one) => failures.has(one.id));
    const leftIds = new Set(left.map((entitlement) => entitlement.id));
    const ids = held.map((one) => one.id).filter((one) => !leftIds.has(one));
    const [first] = left;
    const error = first && failures.get(first.id);
    const note = `Out of ${held.length}.`;
    if (error === undefined && this.isReadBack(step)) this.removal = { step, ids, note };
    else await this.ports.marks.settle(ids);
    if (error === undefined) return note;
    const later = left.flatMap((one) => failures.get(one.id) ?? []).find(isForLater);
    if (later !== undefined) throw later;
    const message = `The application keeps the account in ${left.length} of ${held.length} entitlements: ${error.message}`;
    throw new ConnectorError(error.errorClass, message, error.detail);
  }

  /** One that refuses stops no other one; what says that nothing may be sent now stops all. */
  private async removeFromEach(
    id: string,
    held: readonly ObservedEntitlement[],
  ): Promise<ReadonlyMap<string, ConnectorError>> {
    const failures = new Map<string, ConnectorError>();
    for (const entitlement of held)
      try {
        await this.attempt.run('revoke', { removed: 1, entitlement: entitlement.name }, (call) =>
          this.connector.changeMembers(call, entitlement, { add: [], remove: [id] }),
        );
      } catch (error) {
        const failure = classify(error);
        if (failure instanceof Postponed || ['rate_limited', 'auth'].includes(failure.errorClass)) throw failure;
        failures.set(entitlement.id, failure);
      }
    return failures;
  }

  private async transfer({ heir }: DueLeaveStep, id: string): Promise<string | null> {
    if (heir === null)
      throw new ConnectorError(
        'precondition',
        'Nobody is named who takes it over: the person has no manager. Name somebody, or mark it as done.',
      );
    const { remoteId } = heir;
    if (remoteId === null)
      throw new ConnectorError(
        'precondition',
        'Whoever takes it over has no account in this application. Give them one and retry, or mark it as done.',
      );
    const transfer = able(this.connector.transferOwnership, this.connector, 'move what an account owns');
    await this.attempt.run('transfer', null, (call) => transfer(call, id, remoteId));
    return null;
  }

  private async reclaimLicence(id: string): Promise<string | null> {
    const reclaim = able(this.connector.reclaimLicence, this.connector, 'free a licence');
    await this.attempt.run('reclaim_licence', null, (call) => reclaim(call, id));
    return null;
  }

  /** A 2xx is not yet a fact: the account must read back disabled, and out of everything. */
  private async readBack(step: DueLeaveStep, id: string): Promise<string | null> {
    await this.look(id);
    this.settleDisabled();
    const { observed } = this.leaver;
    const left = await this.leftOf(step, id);
    await this.settleRemoval(left);
    refuseDoubt(doubtOfDisabling(observed));
    if (left.length > 0) throw stillIn(left);
    if (observed === null && !this.leaver.wasDisabled) this.leaver.remoteId = null;
    return observed === null ? 'The application has no such account any more.' : null;
  }

  /** What the account is in by now. What was to be removed earlier than this turn is removed once more. */
  private async leftOf({ removesEntitlements }: DueLeaveStep, id: string): Promise<readonly ObservedEntitlement[]> {
    if (!removesEntitlements || this.connector.entitlementsOf === undefined) return [];
    const left = this.leaver.observed === null ? await this.entitlementsOfHidden(id) : await this.entitlementsOf(id);
    const isRemovedHere = this.steps.some(({ kind }) => kind === 'remove_entitlements');
    if (left.length > 0 && !isRemovedHere) await this.removeFromEach(id, left);
    return left;
  }

  /** Entitlements may list whom the application does not show any more; where it cannot tell, there is no account to ask about. */
  private async entitlementsOfHidden(id: string): Promise<readonly ObservedEntitlement[]> {
    try {
      return await this.entitlementsOf(id);
    } catch (error) {
      if (isForLater(error)) throw error;
      return [];
    }
  }

  private async remove(id: string): Promise<string | null> {
    if (this.connector.capabilities.delete === 'unsupported')
      throw new ConnectorError('unsupported', 'The application cannot delete accounts.');
    const why = await this.ports.whyNotDelete();
    if (why !== null) throw new NotNow(why);
    await this.attempt.run('delete', null, (call) => this.connector.delete(call, id));
    if (!(await this.isGone(id)))
      throw new Unproven('The application accepted the deletion, and still shows the account.');
    this.leaver.remoteId = null;
    return null;
  }

  private entitlementsOf(id: string): Promise<readonly ObservedEntitlement[]> {
    const list = able(this.connector.entitlementsOf, this.connector, 'tell what an account is a member of');
    return this.attempt.run('look', null, (call) => list(call, id));
  }

  private keep(
    { id }: DueLeaveStep,
    state: LeaveStepResult['state'],
    note: string | null,
    error: ConnectorError | null = null,
    againInMs: number | null = null,
  ): void {
    const now = this.ports.now();
    this.kept.push({
      id,
      state,
      note,
      error: error === null ? null : workError(error, now),
      againAt: againInMs === null ? null : new Date(now.getTime() + againInMs),
    });
  }
}

/** What was sent for `remove_entitlements`: the application's ids of what the account was taken out of, and what the report says. */
interface Removal {
  readonly step: DueLeaveStep;
  readonly ids: readonly string[];
  readonly note: string;
}

/** The step waits for a person's word. */
class NotNow extends Error {}

/** What was done does not read back: it may yet, so the step stays due. */
class Unproven extends ConnectorError {
  constructor(message: string) {
    super('precondition', message);
  }
}

const stillIn = (left: readonly ObservedEntitlement[]): Unproven =>
  new Unproven(`The account reads back as a member of ${left.length} entitlements.`);

function refuseDoubt(doubt: string | null): void {
  if (doubt !== null) throw new Unproven(doubt);
}

/** The method of an application that has it, or a refusal that asks a person to do it there. */
function able<T extends (...args: never[]) => unknown>(method: T | undefined, connector: Connector, what: string): T {
  if (method === undefined) throw new ConnectorError('unsupported', `Tenure cannot ${what} in this application.`);
  return method.bind(connector) as T;
}
