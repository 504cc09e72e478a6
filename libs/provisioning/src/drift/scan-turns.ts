import { Clock, Database, type Log, type WorkId } from '@tenure/platform';
import { WorkHints, type Application } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { judgeHealth } from '../health/application-health.js';
import { classify, failureOf, logInternalFault, WritingStopped } from '../attempt/attempt.js';
import { CallPermissions } from '../attempt/call-permissions.js';
import { judge, tidy } from './listing/conclude-scan.js';
import { decideRetryAt } from '../attempt/decide-retry.js';
import { findAccountDrift } from './findings/find-drift.js';
import { findMemberDrift } from './findings/find-member-drift.js';
import { keepStrangers } from './unknown-accounts/find-unknown-accounts.js';
import { HealthRecords } from '../health/health-records.js';
import { OpenConnectors } from '../attempt/open-connectors.js';
import { Pacers } from '../pace/pacers.js';
import { PageReader, targetOf, type PageTarget, type PageWrite } from './listing/read-page.js';
import { reportAccounts, reportStrangers } from './report-changes.js';
import type { ScanPhase } from './listing/scan.entity.js';
import { workError } from '../attempt/work-error.js';
import { claimScan, LeaseLost, releaseScan, type ClaimedScan, type ScanStep } from './listing/scan-store.js';

interface Claimed {
  readonly scan: ClaimedScan;
  readonly application: Application;
  readonly connector: Connector;
  /** What is asked of the application; null: this slice asks nothing. */
  readonly target: PageTarget | null;
  /** From before the claim, which saw every switch that may stop calls. */
  readonly seenAt: number;
}

const READING: ReadonlySet<ScanPhase> = new Set<ScanPhase>(['accounts', 'entitlements', 'members', 'absent']);
/** A page may take long: its lease is so many of an account's, and its call is given up well before that ends. */
const LEASES = 3;
const CALL_SHARE = 2 / 3;
const SHORTEST_REST_MS = 500;

/** Carries scans on, one slice at a time: claim by a lease, ask without a transaction, write what came and end the lease. */
export class ScanTurns {
  private readonly leaseMs: number;

  constructor(
    private readonly database: Database,
    private readonly connectors: OpenConnectors,
    private readonly permissions: CallPermissions,
    private readonly pacers: Pacers,
    private readonly health: HealthRecords,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
    private readonly log: Log,
    leaseMs: number,
  ) {
    this.leaseMs = LEASES * leaseMs;
  }

  /** Returns whether there is more to do now. */
  async turn({ tenantId, id }: WorkId): Promise<boolean> {
    const claimed = await this.claim(tenantId, id);
    if (claimed === null) return false;
    try {
      const step = await (claimed.target === null ? this.compare(tenantId, claimed) : this.read(tenantId, claimed));
      if (step.state !== undefined) this.tell(claimed, step);
      return step.state === undefined && step.retry === undefined;
    } catch (error) {
      if (error instanceof LeaseLost) return false;
      throw error;
    }
  }

  private claim(tenantId: string, id: string): Promise<Claimed | null> {
    const seenAt = performance.now();
    return this.database.transaction(tenantId, async (tx) => {
      const claim = await claimScan(tx, id, this.leaseMs, this.clock.now());
      if (claim === null) return null;
      const connector = this.connectors.of(claim.application);
      const { scan } = claim;
      const target = READING.has(scan.phase) ? await targetOf(tx, scan, connector.capabilities.entitlementKinds) : null;
      return { ...claim, connector, target, seenAt };
    });
  }

  private async read(tenantId: string, claimed: Claimed): Promise<ScanStep> {
    const { scan, application, connector, target, seenAt } = claimed;
    const mayCall = this.permissions.of({ application, accountIds: [], reads: true }, seenAt);
    // Scans wait for whatever else is to be done, and take of the application's limits what is left.
    const pages = new PageReader(
      connector,
      scan,
      application,
      this.pacers.of(application, false),
      mayCall,
      CALL_SHARE * this.leaseMs,
    );
    let write: PageWrite;
    try {
      write = await pages.read(target ?? {});
    } catch (error) {
      return this.putOff(tenantId, claimed, error);
    }
    return this.database.transaction(tenantId, async (tx) => {
      const step = await write(tx);
      await releaseScan(tx, scan, step);
      return step;
    });
  }

  /** An application that does not answer is asked again later, as for everything else; it may need rest. */
  private putOff(tenantId: string, { scan, application, connector }: Claimed, cause: unknown): Promise<ScanStep> {
    const error = classify(cause);
    logInternalFault(this.log, error, { applicationId: application.id, scanId: scan.id });
    const now = this.clock.now();
    const health = judgeHealth(0, [error], this.pacers.blockedMs(application.id));
    const rest = health.kind === 'quarantine' || health.kind === 'pause' || error instanceof WritingStopped;
    const verdict = decideRetryAt(
      rest,
      failureOf(error),
      scan.attempts + 1,
      connector.capabilities.settleMs,
      Math.random(),
    );
    const retry = {
      attempts: scan.attempts + (verdict.counts ? 1 : 0),
      delayMs: Math.max(SHORTEST_REST_MS, verdict.delayMs),
      error: workError(error, now),
    };
    const step: ScanStep = { ...(verdict.again ? {} : { state: 'failed' as const }), retry };
    return this.database.transaction(tenantId, async (tx) => {
      await releaseScan(tx, scan, step);
      if (health.kind === 'quarantine' || health.kind === 'pause') await this.health.keep(tx, application, health);
      return step;
    });
  }

  private compare(tenantId: string, { scan, application, connector }: Claimed): Promise<ScanStep> {
    const now = this.clock.now();
    const isReport = scan.kind === 'report';
    return this.database.transaction(tenantId, async (tx) => {
      const step = await (async (): Promise<ScanStep> => {
        switch (scan.phase) {
          case 'judge':
            return judge(tx, scan, now);
          case 'compare':
            return isReport
              ? reportAccounts(tx, application, scan, connector.capabilities)
              : findAccountDrift(tx, this.hints, application, scan, now, connector.capabilities);
          case 'memberships':
            return findMemberDrift(tx, this.hints, application, scan, now);
          case 'strangers':
            return isReport ? reportStrangers(tx, application, scan) : keepStrangers(tx, application, scan, now);
          default:
            return tidy(tx, scan);
        }
      })();
      await releaseScan(tx, scan, step);
      return step;
    });
  }

  private tell({ scan, application }: Claimed, { state, counts }: ScanStep): void {
    this.log.info({
      event: `scan.${state ?? 'running'}`,
      scanId: scan.id,
      applicationId: application.id,
      kind: scan.kind,
      counts: { ...scan.counts, ...counts },
    });
  }
}
