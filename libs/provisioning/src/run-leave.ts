import { ConnectorError, type Connector, type ObservedAccount, type ObservedEntitlement } from '@tenure/connectors';
import type { LeaveStepKind } from '@tenure/applications';
import type { Attempt } from './attempt.js';
import { workError } from './work-error.js';
import type { DueLeaveStep, LeaveStepResult } from './leave-steps.js';

/** How memberships are kept in step while a leave takes them away past their own rows. */
export interface MembershipMarks {
  doubt(remoteIds: readonly string[]): Promise<void>;
  settle(remoteIds: readonly string[]): Promise<void>;
}

/** The account of somebody who leaves, as it is by now. */
interface Leaver {
  observed: ObservedAccount | null;
  readonly results: LeaveStepResult[];
}

/** Nothing is deleted before this is done: what a person owns would be lost, and nobody would have looked. */
const BEFORE_DELETE: ReadonlySet<LeaveStepKind> = new Set<LeaveStepKind>(['disable', 'transfer', 'read_back']);
const BLOCKED_FOR_MS = 3_600_000;

/** What the application did not do at all, and a try later may: the turn ends, and the step stays due. */
const AGAIN = new Set(['retryable', 'rate_limited', 'outcome_unknown', 'auth']);

/** Carries out what is due of a leave, step by step, once the account itself is as it must be. */
export class LeaveRun {
  readonly leaver: Leaver;
  private steps: readonly DueLeaveStep[] = [];

  constructor(
    private readonly connector: Connector,
    private readonly attempt: Attempt,
    private readonly marks: MembershipMarks,
    observed: ObservedAccount | null,
    private readonly whyNotDelete: () => Promise<string | null>,
    private readonly now: () => Date,
  ) {
    this.leaver = { observed, results: [] };
  }

  /** Throws the first failure that a later try may mend; what was done before it is in `leaver.results`. */
  async run(steps: readonly DueLeaveStep[]): Promise<void> {
    this.steps = steps;
    for (const step of steps) await this.step(step);
  }

  private async step(step: DueLeaveStep): Promise<void> {
    const { observed } = this.leaver;
    // Nothing is there, so nothing is left to do.
    if (observed === null) return this.keep(step, 'done', 'The application has no such account.');
    const blockedBy = step.kind === 'delete' ? (step.blockedBy ?? this.openOf(step.episode)) : null;
    if (blockedBy !== null) {
      const note = `Waits for "${blockedBy}": do it, mark it as done, or skip it.`;
      return this.keep(step, null, note, null, BLOCKED_FOR_MS);
    }
    try {
      const note = await this.carryOut(step, observed);
      this.keep(step, 'done', note);
    } catch (error) {
      if (error instanceof NotNow) return this.keep(step, null, error.message, null, BLOCKED_FOR_MS);
      if (!(error instanceof ConnectorError) || AGAIN.has(error.errorClass)) throw error;
      if (error.errorClass === 'not_found') return this.gone(step);
      if (step.kind === 'read_back' && error.errorClass === 'precondition') throw error;
      this.keep(step, error.errorClass === 'unsupported' ? 'unsupported' : 'failed', null, error);
    }
  }

  /** What must be done before a deletion and was not, in this very turn. */
  private openOf(episode: string): LeaveStepKind | null {
    const open = this.steps.find(
      (step) => step.episode === episode && BEFORE_DELETE.has(step.kind) && this.stateOf(step) !== 'done',
    );
    return open?.kind ?? null;
  }

  private stateOf({ id }: DueLeaveStep): LeaveStepResult['state'] {
    return this.leaver.results.find((result) => result.id === id)?.state ?? null;
  }

  /** Does one step; gives a note for whoever reads the report. */
  private carryOut(step: DueLeaveStep, observed: ObservedAccount): Promise<string | null> {
    const methods: Readonly<Record<LeaveStepKind, () => Promise<string | null>>> = {
      disable: () => this.disabled(observed),
      end_sessions: () => this.endSessions(observed),
      remove_entitlements: () => this.removeEntitlements(observed),
      transfer: () => this.transfer(step, observed),
      reclaim_licence: () => this.reclaimLicence(observed),
      read_back: () => this.readBack(step, observed),
      delete: () => this.remove(observed),
    };
    return methods[step.kind]();
  }

  private gone(step: DueLeaveStep): void {
    this.leaver.observed = null;
    this.keep(step, 'done', 'The application has no such account any more.');
  }

  private disabled(observed: ObservedAccount): Promise<string | null> {
    if (observed.enabled) throw new ConnectorError('precondition', 'The account is still enabled.');
    return Promise.resolve(null);
  }

  private async endSessions({ id }: ObservedAccount): Promise<string | null> {
    const end = able(this.connector.endSessions, this.connector, 'end sessions');
    await this.attempt.run('end_sessions', null, (call) => end(call, id));
    return null;
  }

  private async removeEntitlements({ id }: ObservedAccount): Promise<string | null> {
    if (this.connector.capabilities.entitlementKinds.length === 0) return 'The application grants nothing.';
    const held = await this.entitlementsOf(id);
    const remoteIds = held.map((entitlement) => entitlement.id);
    if (held.length === 0) return null;
    await this.marks.doubt(remoteIds);
    for (const entitlement of held)
      await this.attempt.run('revoke', { removed: 1, entitlement: entitlement.name }, (call) =>
        this.connector.changeMembers(call, entitlement, { add: [], remove: [id] }),
      );
    await this.marks.settle(remoteIds);
    return `Out of ${held.length}.`;
  }

  private async transfer({ heir }: DueLeaveStep, { id }: ObservedAccount): Promise<string | null> {
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

  private async reclaimLicence({ id }: ObservedAccount): Promise<string | null> {
    const reclaim = able(this.connector.reclaimLicence, this.connector, 'free a licence');
    await this.attempt.run('reclaim_licence', null, (call) => reclaim(call, id));
    return null;
  }

  /** A 2xx is not yet a fact: the account must read back disabled, and out of everything. */
  private async readBack({ removesEntitlements }: DueLeaveStep, { id }: ObservedAccount): Promise<string | null> {
    this.leaver.observed = await this.attempt.run('look', null, (call) => this.connector.get(call, id));
    if (this.leaver.observed === null) return 'The application has no such account any more.';
    if (this.leaver.observed.enabled) throw new ConnectorError('precondition', 'The account reads back as enabled.');
    if (!removesEntitlements || this.connector.entitlementsOf === undefined) return null;
    const left = await this.entitlementsOf(id);
    if (left.length > 0)
      throw new ConnectorError('precondition', `The account reads back as a member of ${left.length} entitlements.`);
    return null;
  }

  private async remove({ id }: ObservedAccount): Promise<string | null> {
    if (this.connector.capabilities.delete === 'unsupported')
      throw new ConnectorError('unsupported', 'The application cannot delete accounts.');
    const why = await this.whyNotDelete();
    if (why !== null) throw new NotNow(why);
    await this.attempt.run('delete', null, (call) => this.connector.delete(call, id));
    this.leaver.observed = null;
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
    const now = this.now();
    this.leaver.results.push({
      id,
      state,
      note,
      error: error === null ? null : workError(error, now),
      againAt: againInMs === null ? null : new Date(now.getTime() + againInMs),
    });
  }
}

/** The step waits for a person's word. */
class NotNow extends Error {}

/** The method of an application that has it, or a refusal that asks a person to do it there. */
function able<T extends (...args: never[]) => unknown>(method: T | undefined, connector: Connector, what: string): T {
  if (method === undefined) throw new ConnectorError('unsupported', `Tenure cannot ${what} in this application.`);
  return method.bind(connector) as T;
}
