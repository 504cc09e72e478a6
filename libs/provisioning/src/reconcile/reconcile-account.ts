import { sameJson } from '@tenure/platform';
import { writeRulesOf, type Application, type ChosenNames, type DesiredAccount } from '@tenure/applications';
import { ConnectorError, type Attributes, type Connector, type ObservedAccount } from '@tenure/connectors';
import { Attempt, classify } from '../attempt/attempt.js';
import type { LeasedAccount } from '../backlog/account-leases.js';
import type { AdmitSteps, HeldAction } from '../budget/budgeted-steps.js';
import { AccountFinder, type HeldAt } from './find-account.js';
import type { DueLeaveStep, LeaveStepResult } from '../offboarding/leave-steps.js';
import { AccountNames, type NamePort } from './name-account.js';
import {
  LEFT_ALONE,
  planAccount,
  type AccountPlan,
  type PlanTerms,
  type Step,
  type TargetRule,
  type WriteRules,
} from './plan-account.js';
import { doubtOf } from './read-back.js';
import { isForLater, LeaveRun, type MembershipMarks } from '../offboarding/run-leave.js';
import { NotAsWritten, NotSeen } from '../attempt/work-error.js';
import { AccountWriter } from './write-account.js';

interface Ended {
  readonly observed: ObservedAccount | null;
  /** The account's id in the application, which may be known while it does not read; null: there is no such account. */
  readonly remoteId?: string | null;
  /** It was there before, and was taken over in this turn. */
  readonly adopted?: boolean;
  /** What became of the steps of a leave. */
  readonly leave?: readonly LeaveStepResult[];
  /** What safety budgets keep back. */
  readonly held?: readonly HeldAction[];
}

/** How one account's turn ended. */
export type AccountResult =
  | (Ended & { readonly kind: 'applied'; readonly names?: ChosenNames | null })
  | (Ended & { readonly kind: 'withheld'; readonly plan: readonly (Step | Match)[] })
  /** A safety budget keeps the steps back. */
  | (Ended & { readonly kind: 'held'; readonly plan: readonly Step[] })
  /** A person said not to do it. */
  | (Ended & { readonly kind: 'skipped'; readonly reason: string })
  | (Ended & { readonly kind: 'failed'; readonly error: ConnectorError });

/** An account that would be taken over, if the mode allowed it. */
export interface Match {
  readonly kind: 'adopt';
  readonly remoteId: string;
}

/** What the engine keeps, as one account's turn needs it. */
export interface AccountPorts {
  readonly heldAt: HeldAt;
  readonly names: NamePort;
  readonly marks: MembershipMarks;
  /** The initial password of an account that is about to be made; empty where there is none. */
  readonly credential: () => Promise<Attributes>;
  /** The account was not made with it after all. */
  readonly dropCredential?: () => Promise<void>;
  readonly dueSteps: () => Promise<readonly DueLeaveStep[]>;
  readonly now: () => Date;
  /** Asks the safety budgets. */
  readonly admit: AdmitSteps;
}

/** So often an account that a lost call may have made is looked for, when its name is taken and nobody has it. */
const LATE_LOOKS = 5;

/** Brings one leased account to its desired state: look if needed, name, plan, execute, verify, leave. Never throws. */
export class AccountReconciler {
  private observed: ObservedAccount | null;
  private remoteId: string | null;
  /** As asked, with names that are this account's own. */
  private desired: DesiredAccount;
  private leave: readonly LeaveStepResult[] = [];
  private held: readonly HeldAction[] = [];
  private adopted = false;
  /** The application refused to disable the account. */
  private refusal: ConnectorError | null = null;
  private readonly rules: WriteRules;
  private readonly terms: PlanTerms;
  private readonly finder: AccountFinder;
  private readonly writer: AccountWriter;
  private readonly names: AccountNames;

  constructor(
    private readonly application: Application,
    private readonly connector: Connector,
    private readonly account: LeasedAccount,
    private readonly attempt: Attempt,
    private readonly ports: AccountPorts,
  ) {
    const { observed, remoteId, desired } = account;
    this.observed = observed;
    this.remoteId = remoteId;
    this.desired = desired;
    this.writer = new AccountWriter(connector, attempt, observed?.enabled === false);
    this.rules = rulesFor(application, account);
    this.terms = { caseless: connector.capabilities.caseless ?? [] };
    this.finder = new AccountFinder(application, connector, account.id, attempt, ports.heldAt);
    this.names = new AccountNames(application, application.id, account, ports.names);
  }

  async run(): Promise<AccountResult> {
    try {
      const match = await this.observe();
      this.desired = await this.names.apply(this.account.desired, this.observed);
      if (match !== null) return this.withheld([match, ...this.plan().withheld], null);
      // Whoever is back in the same minute still loses the sessions, and before the account can be used again.
      if (this.desired.enabled) await this.carryOutLeave();
      const { steps } = this.plan();
      const keptBack = await this.keepBack(steps);
      if (keptBack !== null) return keptBack;
      for (const step of steps) await this.execute(step);
      await this.verify(steps);
      if (!this.desired.enabled) await this.carryOutLeave();
      if (this.refusal !== null) throw this.refusal;
      // Planned anew: an account that was adopted on the way may hold what the mode keeps us from clearing.
      const { withheld } = this.plan();
      if (withheld.length > 0) return this.withheld(withheld, this.observed);
      return {
        kind: 'applied',
        ...this.ended(),
        names: this.names.changed ? this.names.all : null,
      };
    } catch (error) {
      return { kind: 'failed', error: classify(error), ...this.ended() };
    }
  }

  private withheld(plan: readonly (Step | Match)[], observed: ObservedAccount | null): AccountResult {
    return { kind: 'withheld', ...this.ended(), observed, plan };
  }

  private ended(): Ended {
    const { observed, remoteId, leave, held, adopted } = this;
    return { observed, remoteId, leave, held, adopted };
  }

  /** What the safety budgets say before anything is executed; null: go on. */
  private async keepBack(steps: readonly Step[]): Promise<AccountResult | null> {
    const admission = await this.ports.admit(steps);
    if (admission.kind === 'admitted') return null;
    if (admission.kind === 'refused') return { kind: 'skipped', ...this.ended(), reason: admission.reason };
    this.held = admission.held;
    return { kind: 'held', ...this.ended(), plan: steps };
  }

  /** Why the account must not be deleted now; null: it may be. The leave goes on without it. */
  private async whyNotDelete(): Promise<string | null> {
    const admission = await this.ports.admit([{ kind: 'delete' }]);
    if (admission.kind === 'held') this.held = admission.held;
    if (admission.kind === 'refused') return admission.reason;
    return admission.kind === 'held' ? 'Held by a safety budget; release it there.' : null;
  }

  private plan(): AccountPlan {
    const wasThere = this.adopted || this.account.wasThere === true;
    return planAccount(this.desired, this.observed, this.application.mode, this.rules, { ...this.terms, wasThere });
  }

  /**
   * What is there now: known from the last answer, unless a call was lost or nothing is known. In `observe` nothing is taken
   * over: what would be is returned.
   */
  private async observe(): Promise<Match | null> {
    const { remoteId, lookFirst, desired } = this.account;
    const { mode } = this.application;
    if (remoteId !== null) {
      await this.look(remoteId);
      if (this.observed !== null || (!desired.enabled && this.writer.wasDisabled)) return null;
      if (await this.isReached(remoteId)) return null;
      this.remoteId = null;
      if (!desired.enabled) return null;
    }
    if (this.finder.createsBlind && !lookFirst && mode !== 'observe' && desired.enabled) return null;
    return this.lookUp(mode === 'observe');
  }

  private async look(remoteId: string): Promise<void> {
    const { lookFirst, observed } = this.account;
    if (lookFirst || observed === null) this.observed = await this.writer.read(remoteId);
    // Never seen before, and yet its id is known: somebody said by hand that it is this one.
    if (this.observed !== null && observed === null && this.application.mode !== 'observe')
      this.observed = await this.takeOver(this.observed);
  }

  /** An account that is known by its id and does not read. One that was there is looked for again first. False: it is gone. */
  private async isReached(remoteId: string): Promise<boolean> {
    const { observed, attempts } = this.account;
    const { enabled } = this.desired;
    if (observed !== null && attempts === 0) {
      this.observed = observed;
      throw new NotSeen(this.connector.capabilities.settleMs);
    }
    const { mode } = this.application;
    if (mode === 'observe' || (mode === 'add_only' && !enabled)) return !enabled;
    const reached = await this.writer.reach(remoteId, enabled);
    this.observed = reached ?? null;
    return reached !== undefined;
  }

  private async lookUp(only: boolean): Promise<Match | null> {
    const found = await this.finder.find(this.account.desired);
    this.observed = found === null || only ? found : await this.takeOver(found);
    if (!only) this.remoteId = found?.id ?? null;
    return only && found !== null ? { kind: 'adopt', remoteId: found.id } : null;
  }

  private async takeOver(found: ObservedAccount): Promise<ObservedAccount> {
    if (this.finder.isOurs(found)) return found;
    this.adopted = true;
    this.remoteId = found.id;
    await this.ports.dropCredential?.();
    return this.writer.mark(found, this.account.id);
  }

  private async execute(step: Step): Promise<void> {
    if (step.kind === 'create') {
      this.observed = await this.create();
      this.remoteId = this.observed.id;
      return;
    }
    try {
      this.observed = await this.change(step);
    } catch (error) {
      // Who cannot be disabled is kept out all the same, by everything else that can be taken away.
      if (step.kind !== 'disable' || !this.leaves || isForLater(error) || error instanceof NotSeen) throw error;
      this.refusal = classify(error);
    }
  }

  /** Once more under another name, as long as the application says that somebody has this one. */
  private async create(): Promise<ObservedAccount> {
    for (;;) {
      const { attributes } = this.desired;
      try {
        const secret = await this.ports.credential();
        const made = await this.attempt.run('create', Object.keys(attributes), (call) =>
          this.connector.create(call, {
            externalId: this.account.id,
            enabled: true,
            attributes: { ...attributes, ...secret },
          }),
        );
        this.writer.doubtful ||= made.enabled === false;
        return made;
      } catch (error) {
        const adopted = await this.adoptAfter(conflictOf(error));
        if (adopted !== null) return adopted;
      }
    }
  }

  /** The name is taken: by the account that an earlier, lost call made, or by one that was always there. Null: another name is tried. */
  private async adoptAfter(conflict: ConnectorError): Promise<ObservedAccount | null> {
    const found = await this.finder.find(this.desired);
    if (found === null) {
      await this.renameAfter(conflict);
      return null;
    }
    this.observed = await this.takeOver(found);
    this.remoteId = found.id;
    this.desired = await this.names.apply(this.account.desired, this.observed);
    for (const step of this.plan().steps) await this.execute(step);
    return this.observed;
  }

  private async renameAfter(conflict: ConnectorError): Promise<void> {
    if (await this.names.giveUpTaken(this.desired, this.finder)) {
      this.desired = await this.names.apply(this.account.desired, this.observed);
      return;
    }
    // What a lost call of ours made may show late: it is looked for again before a person is asked.
    const { lookFirst, attempts, remoteId } = this.account;
    if ((lookFirst || remoteId !== null) && attempts < LATE_LOOKS)
      throw new NotAsWritten(conflict.message, this.connector.capabilities.settleMs);
    throw conflict;
  }

  private async change(step: Exclude<Step, { kind: 'create' }>): Promise<ObservedAccount | null> {
    for (let next = step; ;) {
      try {
        return await this.writer.change(next.kind, this.remoteId ?? '', next.change, this.observed);
      } catch (error) {
        await this.renameAfter(conflictOf(error));
        const again = this.plan().steps.find((other) => other.kind === step.kind);
        if (again === undefined || again.kind === 'create') throw error;
        next = again;
      }
    }
  }

  /** Every value is read back. */
  private get compares(): boolean {
    return this.application.verify === 'read_back' || this.writer.doubtful;
  }

  /** Steps of a leave are carried out in this turn. */
  private get leaves(): boolean {
    return this.account.owed && this.application.mode === 'enforce';
  }

  /** What followed a lost answer is read back, what disables, what the answer contradicts, and all where it is not believed. */
  private async verify(steps: readonly Step[]): Promise<void> {
    const disabling = steps.some((step) => step.kind === 'disable');
    // A leave has its own read-back, which comes after everything else that it does.
    if (this.remoteId === null || steps.length === 0 || (disabling && this.leaves)) return;
    const compares = this.compares;
    if (!compares && !this.account.lookFirst && !disabling) return;
    const answered = this.observed;
    this.observed = await this.writer.read(this.remoteId);
    const doubt = doubtOf(disabling, this.observed, compares ? this.plan().steps : []);
    // That it does not read yet says nothing of what it is.
    if (!disabling) this.observed ??= answered;
    if (doubt !== null) throw new NotAsWritten(doubt, this.connector.capabilities.settleMs);
  }

  /** Only where everything may be written: in the other modes what is owed waits. */
  private async carryOutLeave(): Promise<void> {
    if (!this.leaves) return;
    const { remoteId, observed, refusal } = this;
    const { wasDisabled } = this.writer;
    const ports = { ...this.ports, whyNotDelete: () => this.whyNotDelete() };
    const run = new LeaveRun(this.connector, this.attempt, ports, { remoteId, observed, wasDisabled, refusal });
    try {
      await run.run(await this.ports.dueSteps());
    } finally {
      this.leave = run.results;
      this.observed = run.leaver.observed;
      this.remoteId = run.leaver.remoteId;
    }
  }
}

/** As the mapping says; and what somebody is asked about stays as it is while the same is desired of it. */
function rulesFor({ mapping }: Application, { desired, asked }: LeasedAccount): WriteRules {
  const rules = new Map<string, TargetRule>(writeRulesOf(mapping));
  for (const [target, value] of Object.entries(asked))
    if (sameJson(value, desired.attributes[target] ?? null)) rules.set(target, LEFT_ALONE);
  return rules;
}

/** The conflict that an error is; anything else is thrown on. */
function conflictOf(error: unknown): ConnectorError {
  if (error instanceof ConnectorError && error.errorClass === 'conflict') return error;
  throw error;
}
