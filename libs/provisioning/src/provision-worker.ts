import { Clock, Database, withContext, type Log } from '@tenure/platform';
import { Application, WorkHints, type WorkHint } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { newId } from '@tenure/platform';
import { AccountSlice, type Batch } from './account-slice.js';
import { writeHealth } from './application-health.js';
import { classify } from './attempt.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from './open-connectors.js';

/** A job is a slice: after this much it goes to the tail of the queue, so that no application starves another. */
const SLICE_MS = 2_000;
const SLICE_UNITS = 200;
const PROBE_TIMEOUT_MS = 5_000;

/** Consumes "this application has work": batch after batch of what is behind and due, most urgent first. */
export class ProvisionWorker {
  constructor(
    private readonly database: Database,
    private readonly connectors: OpenConnectors,
    private readonly accounts: AccountSlice,
    private readonly members: MemberSlice,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async handle(hint: WorkHint, urgent: boolean): Promise<void> {
    await withContext({ requestId: hint.requestId ?? newId(), tenantId: hint.tenantId }, () =>
      this.slice(hint, urgent),
    );
  }

  private async slice(hint: WorkHint, urgent: boolean): Promise<void> {
    const began = performance.now();
    let worked = 0;
    let application: Application | null = null;
    while (worked < SLICE_UNITS && performance.now() - began < SLICE_MS) {
      application = await this.ready(hint);
      if (application === null) return;
      const batch = await this.batch(application, this.connectors.of(application), hint.shard, urgent);
      if (batch.worked === 0 || !batch.goOn) return;
      worked += batch.worked;
    }
    if (application !== null) await this.hints.now({ ...hint, connector: application.connector, urgent });
  }

  private async batch(application: Application, connector: Connector, shard: number, urgent: boolean): Promise<Batch> {
    const accounts = await this.accounts.run(application, connector, shard, urgent);
    if (!accounts.goOn) return accounts;
    const members = await this.members.run(application, connector, shard, urgent);
    return { worked: accounts.worked + members.worked, goOn: members.goOn };
  }

  /** The application, when it may be worked on now. One whose quarantine has run out is probed first. */
  private async ready({ tenantId, applicationId }: WorkHint): Promise<Application | null> {
    const application = await this.database.transaction(tenantId, (tx) =>
      tx.repository(Application).findOneBy({ tenantId, id: applicationId }),
    );
    if (application === null) return null;
    const now = this.clock.now();
    if (application.pausedUntil !== null && application.pausedUntil > now) return null;
    if (application.quarantinedUntil === null) return application;
    return application.quarantinedUntil > now ? null : this.probe(application);
  }

  private async probe(application: Application): Promise<Application | null> {
    const call = { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), idempotencyKey: newId(), record: () => undefined };
    const failure = await this.connectors
      .of(application)
      .test(call)
      .then(() => null, classify);
    const verdict =
      failure === null ? ({ kind: 'well' } as const) : ({ kind: 'quarantine', reason: failure.message } as const);
    const well = await this.database.transaction(application.tenantId, (tx) =>
      writeHealth(tx, application, verdict, this.clock.now()),
    );
    this.log.info({
      event: well ? 'application.healed' : 'application.still_failing',
      applicationId: application.id,
      class: failure?.errorClass,
    });
    return well ? Object.assign(application, { quarantinedUntil: null, quarantineTries: 0 }) : null;
  }
}
