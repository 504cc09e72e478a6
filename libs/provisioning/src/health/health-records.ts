import { Clock, Metrics, type Log, type Tx } from '@tenure/platform';
import { announceAll, WorkHints, type Application } from '@tenure/applications';
import { appendFact } from '@tenure/journal';
import type { SettledVerdict } from './application-health.js';
import { quarantineMs } from '../attempt/decide-retry.js';
import { countIn, isFailing, lastMinute, type HealthWindow, type Tally } from './health-window.js';

/** What got through is written so often (ms), and what failed at once. */
const WRITTEN_EVERY_MS = 1_000;
const BY = { actor: 'worker', door: 'provisioning' } as const;

interface WindowRow {
  readonly started_at: Date;
  readonly through: number;
  readonly failed: number;
  readonly before_through: number;
  readonly before_failed: number;
  readonly at: Date;
}

/** The health of applications as all workers together see it. */
export class HealthRecords {
  private readonly unwritten = new Map<string, { through: number; since: number }>();

  constructor(
    private readonly hints: WorkHints,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Counts what became of one batch; an application of which too much failed lately is quarantined, whatever a probe says. */
  async count(tx: Tx, application: Application, verdict: SettledVerdict, tally: Tally): Promise<SettledVerdict> {
    const now = performance.now();
    const { through, since } = this.unwritten.get(application.id) ?? { through: 0, since: now };
    const sum = { through: through + tally.through, failed: tally.failed };
    if (sum.failed === 0 && now - since < WRITTEN_EVERY_MS) {
      this.unwritten.set(application.id, { through: sum.through, since });
      return verdict;
    }
    this.unwritten.delete(application.id);
    const { window, at } = await this.write(tx, application.id, sum);
    if (verdict.kind === 'quarantine' || !isFailing(window, at)) return verdict;
    const { through: well, failed } = lastMinute(window, at);
    const reason = `${Math.round(failed)} of ${Math.round(failed + well)} tries of the last minute failed.`;
    return { kind: 'quarantine', reason };
  }

  /** Keeps the verdict on the application's row; returns true when the application may still be worked on now. */
  async keep(tx: Tx, application: Application, verdict: SettledVerdict, trial = false): Promise<boolean> {
    if (verdict.kind === 'quarantine') {
      await this.quarantine(tx, application, verdict.reason);
      return false;
    }
    if (trial) await this.heal(tx, application);
    if (verdict.kind === 'pause') await this.pause(tx, application.id, verdict.ms);
    return verdict.kind !== 'pause';
  }

  private async write(tx: Tx, applicationId: string, tally: Tally): Promise<{ window: HealthWindow; at: number }> {
    const [row] = await tx.query<Partial<WindowRow> & { at: Date }>(
      `SELECT h.*, clock_timestamp() AS at FROM (SELECT 1) AS one
       LEFT JOIN LATERAL (SELECT started_at, through, failed, before_through, before_failed FROM application_health
         WHERE tenant_id = $1 AND application_id = $2 FOR UPDATE) h ON true`,
      [tx.tenantId, applicationId],
    );
    const at = row?.at.getTime() ?? this.clock.now().getTime();
    const window = countIn(windowOf(row), tally, at);
    await tx.query(
      `INSERT INTO application_health (tenant_id, application_id, started_at, through, failed, before_through, before_failed)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, application_id) DO UPDATE SET
         started_at = excluded.started_at, through = excluded.through, failed = excluded.failed,
         before_through = excluded.before_through, before_failed = excluded.before_failed`,
      [
        tx.tenantId,
        applicationId,
        new Date(window.startedAt),
        window.now.through,
        window.now.failed,
        window.before.through,
        window.before.failed,
      ],
    );
    return { window, at };
  }

  private async pause(tx: Tx, applicationId: string, ms: number): Promise<void> {
    await tx.query(
      `UPDATE applications SET paused_until = greatest(coalesce(paused_until, '-infinity'), clock_timestamp() + make_interval(secs => $3::float8 / 1000))
       WHERE tenant_id = $1 AND id = $2`,
      [tx.tenantId, applicationId, ms],
    );
  }

  /** Batches that were under way together see the same failure: only the first counts as one. */
  private async quarantine(tx: Tx, application: Application, reason: string): Promise<void> {
    const tries = application.quarantineTries + 1;
    const [entered] = await tx.query(
      `UPDATE applications SET quarantined_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000), quarantine_reason = $4,
         quarantine_tries = $5 WHERE tenant_id = $1 AND id = $2 AND quarantine_tries < $5 RETURNING id`,
      [tx.tenantId, application.id, quarantineMs(tries), reason, tries],
    );
    await this.forget(tx, application.id);
    if (entered) await this.tell(tx, application, tries === 1 ? 'quarantined' : 'still_failing', { reason });
  }

  /** The whole backlog goes on, the most urgent first. */
  private async heal(tx: Tx, application: Application): Promise<void> {
    const { id: applicationId, quarantineReason: reason, quarantineTries: probes } = application;
    const [healed] = await tx.query(
      `UPDATE applications SET quarantined_until = NULL, quarantine_reason = NULL, quarantine_tries = 0
       WHERE tenant_id = $1 AND id = $2 AND quarantine_tries > 0 RETURNING id`,
      [tx.tenantId, applicationId],
    );
    if (!healed) return;
    await this.forget(tx, applicationId);
    await this.tell(tx, application, 'healed', { reason, probes });
    announceAll(tx, this.hints, application);
  }

  private async forget(tx: Tx, applicationId: string): Promise<void> {
    this.unwritten.delete(applicationId);
    await tx.query('DELETE FROM application_health WHERE tenant_id = $1 AND application_id = $2', [
      tx.tenantId,
      applicationId,
    ]);
  }

  private async tell(
    tx: Tx,
    { id, connector }: Application,
    event: 'quarantined' | 'still_failing' | 'healed',
    payload: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.log.info({ event: `application.${event}`, applicationId: id, tenantId: tx.tenantId, ...payload });
    this.metrics.applicationHealth.inc({ connector, event });
    if (event === 'still_failing') return;
    const fact = { subjectKind: 'application', subjectId: id, payload } as const;
    await appendFact(tx, BY, this.clock.now(), { verb: `application.${event}`, ...fact });
  }
}

function windowOf(row: Partial<WindowRow> | undefined): HealthWindow | null {
  if (!row?.started_at) return null;
  const { started_at: startedAt, through = 0, failed = 0, before_through = 0, before_failed = 0 } = row;
  return {
    startedAt: startedAt.getTime(),
    now: { through, failed },
    before: { through: before_through, failed: before_failed },
  };
}
