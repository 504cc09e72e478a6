import { Clock, Database } from '@tenure/platform';
import type { Application } from '@tenure/applications';
import { heldByAnotherAt, type LeasedAccount } from '../backlog/account-leases.js';
import { BudgetGate } from '../budget/budget-gate.js';
import { admitStepsOf } from '../budget/budgeted-steps.js';
import { InitialCredentials } from './initial-credentials.js';
import { LeaveSteps } from '../offboarding/leave-steps.js';
import type { AccountPorts } from './reconcile-account.js';
import { UniqueNames } from './unique-names.js';

/** What the engine keeps, opened for one account at a time. */
export class AccountPortsFor {
  constructor(
    private readonly database: Database,
    private readonly names: UniqueNames,
    private readonly credentials: InitialCredentials,
    private readonly leave: LeaveSteps,
    private readonly budgets: BudgetGate,
    private readonly clock: Clock,
  ) {}

  of(application: Application, account: LeasedAccount): AccountPorts {
    const { id: applicationId, tenantId, initialCredential } = application;
    const { id: accountId } = account;
    return {
      admit: admitStepsOf(this.budgets, application, account),
      heldAt: (remoteId) =>
        this.database.transaction(tenantId, (tx) => heldByAnotherAt(tx, applicationId, remoteId, accountId)),
      names: {
        choose: (wish) => this.names.choose(tenantId, wish),
        refuse: (wish, name) => this.names.refuse(tenantId, wish, name),
      },
      marks: {
        doubt: (remoteIds) => this.leave.doubt(tenantId, accountId, remoteIds),
        settle: (remoteIds) => this.leave.settle(tenantId, accountId, remoteIds),
      },
      credential: async () =>
        initialCredential === null ? {} : this.credentials.forCreate(tenantId, accountId, initialCredential),
      ...(initialCredential !== null && { dropCredential: () => this.credentials.drop(tenantId, accountId) }),
      dueSteps: () => this.leave.dueOf(tenantId, accountId, this.clock.now()),
      now: () => this.clock.now(),
    };
  }
}
