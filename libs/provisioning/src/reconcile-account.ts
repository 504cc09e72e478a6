import type { Application, DesiredAccount } from '@tenure/applications';
import { ConnectorError, type Connector, type ObservedAccount } from '@tenure/connectors';
import { Attempt, classify } from './attempt.js';
import type { LeasedAccount } from './account-leases.js';
import { admitAll, type AdmitSteps, type HeldAction } from './budgeted-steps.js';
import { planAccount, type AccountPlan, type Step } from './plan-account.js';

/** How one account's turn ended. */
export type AccountResult =
  | { readonly kind: 'applied'; readonly observed: ObservedAccount | null }
  | { readonly kind: 'withheld'; readonly observed: ObservedAccount | null; readonly plan: readonly Step[] }
  /** A safety budget keeps the steps back. */
  | {
      readonly kind: 'held';
      readonly observed: ObservedAccount | null;
      readonly plan: readonly Step[];
      readonly held: readonly HeldAction[];
    }
  /** A person said not to do it. */
  | { readonly kind: 'skipped'; readonly observed: ObservedAccount | null; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: ConnectorError; readonly observed: ObservedAccount | null };

/** Whether another account of ours already is this one in the application. */
export type IsOwned = (remoteId: string) => Promise<boolean>;

/** Brings one leased account to its desired state: look if needed, plan, execute, verify. Never throws. */
export class AccountReconciler {
  private observed: ObservedAccount | null;

  constructor(
    private readonly application: Application,
    private readonly connector: Connector,
    private readonly account: LeasedAccount,
    private readonly attempt: Attempt,
    private readonly isOwned: IsOwned,
    private readonly admit: AdmitSteps = admitAll,
  ) {
    this.observed = account.observed;
  }

  async run(): Promise<AccountResult> {
    try {
      await this.observe();
      const { steps } = this.plan();
      const admission = await this.admit(steps);
      if (admission.kind === 'held')
        return { kind: 'held', observed: this.observed, plan: steps, held: admission.held };
      if (admission.kind === 'refused') return { kind: 'skipped', observed: this.observed, reason: admission.reason };
      for (const step of steps) await this.execute(step);
      await this.verify(steps);
      // Planned anew: an account that was adopted on the way may hold what the mode keeps us from clearing.
      const { withheld } = this.plan();
      return withheld.length > 0
        ? { kind: 'withheld', observed: this.observed, plan: withheld }
        : { kind: 'applied', observed: this.observed };
    } catch (error) {
      const classified = classify(error);
      if (classified.errorClass === 'not_found') this.observed = null;
      return { kind: 'failed', error: classified, observed: this.observed };
    }
  }

  private plan(): AccountPlan {
    return planAccount(this.account.desired, this.observed, this.application.mode);
  }

  /** What is there now: known from the last answer, unless a call was lost or nothing is known. */
  private async observe(): Promise<void> {
    const { remoteId, lookFirst } = this.account;
    if (remoteId !== null) {
      if (lookFirst || this.observed === null)
        this.observed = await this.attempt.run('look', null, (call) => this.connector.get(call, remoteId));
      if (this.observed !== null || !this.account.desired.enabled) return;
    }
    const appRefusesDuplicates = this.connector.capabilities.refusesDuplicatesOn.length > 0;
    const createsBlind =
      appRefusesDuplicates && !lookFirst && this.application.mode !== 'observe' && this.account.desired.enabled;
    this.observed = createsBlind ? null : await this.lookUp();
  }

  /** The account that is ours or nobody's, found by our id or by the correlation keys. */
  private async lookUp(): Promise<ObservedAccount | null> {
    const found = await this.attempt.run('look', null, (call) =>
      this.connector.find(call, { externalId: this.account.id, attributes: this.account.desired.attributes }),
    );
    const [first] = found;
    if (first === undefined) return null;
    if (found.length > 1)
      throw new ConnectorError(
        'conflict',
        `${found.length} accounts of the application match; link one of them by hand.`,
      );
    if (first.externalId === this.account.id) return first;
    if (first.externalId || (await this.isOwned(first.id))) {
      throw new ConnectorError('conflict', 'The account that matches belongs to somebody else.');
    }
    return this.application.mode === 'observe' ? first : this.adopt(first);
  }

  private adopt(found: ObservedAccount): Promise<ObservedAccount> {
    return this.attempt.run('adopt', ['externalId'], (call) =>
      this.connector.update(call, found.id, { externalId: this.account.id }),
    );
  }

  private async execute(step: Step): Promise<void> {
    this.observed = step.kind === 'create' ? await this.create(step.desired) : await this.change(step);
  }

  private async create(desired: DesiredAccount): Promise<ObservedAccount> {
    const diff = Object.keys(desired.attributes);
    try {
      return await this.attempt.run('create', diff, (call) =>
        this.connector.create(call, { externalId: this.account.id, ...desired }),
      );
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.errorClass !== 'conflict') throw error;
      return this.adoptAfterConflict(error);
    }
  }

  /** The name is taken: by the account that an earlier, lost call made, or by one that was always there. */
  private async adoptAfterConflict(conflict: ConnectorError): Promise<ObservedAccount> {
    const found = await this.lookUp();
    if (found === null) throw conflict;
    this.observed = found;
    for (const step of this.plan().steps) await this.execute(step);
    return this.observed;
  }

  private async change(step: Exclude<Step, { kind: 'create' }>): Promise<ObservedAccount> {
    const id = this.observed?.id ?? '';
    const diff = [
      ...(step.change.enabled === undefined ? [] : ['enabled']),
      ...Object.keys(step.change.attributes ?? {}),
    ];
    return this.attempt.run(step.kind, diff, (call) => this.connector.update(call, id, step.change));
  }

  /** A leaver, and whatever followed a lost answer, is read back: a 2xx is not yet a fact. */
  private async verify(steps: readonly Step[]): Promise<void> {
    const id = this.observed?.id;
    const disabling = steps.some((step) => step.kind === 'disable');
    if (id === undefined || !(disabling || (this.account.lookFirst && steps.length > 0))) return;
    this.observed = await this.attempt.run('look', null, (call) => this.connector.get(call, id));
    if (disabling && this.observed?.enabled === true) {
      throw new ConnectorError(
        'precondition',
        'The application answered that the account is disabled, but it reads back as enabled.',
      );
    }
    if (!disabling && this.observed === null) {
      throw new ConnectorError(
        'precondition',
        'The application answered that the account is there, but it does not read back.',
      );
    }
  }
}
