import {
  Clock,
  Database,
  forEachRow,
  isUniqueViolation,
  newId,
  Queues,
  Refusal,
  SlicedWork,
  type Log,
  type Timer,
  type Tx,
} from '@tenure/platform';
import { getApplication, type Mode } from '@tenure/applications';
import { appendFact, type Actor } from '@tenure/journal';
import { settleDoubts } from './listing/conclude-scan.js';
import { ScanTurns } from './scan-turns.js';
import { Scan } from './listing/scan.entity.js';

/** Applications whose scans may go on now. */
const OPEN = `
  SELECT s.tenant_id, s.id FROM scans s JOIN applications a ON a.tenant_id = s.tenant_id AND a.id = s.application_id
  JOIN tenants t ON t.id = s.tenant_id
  WHERE s.state = 'running' AND s.due_at <= clock_timestamp() AND (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
    AND t.stopped_at IS NULL AND (a.pause IS NULL OR (a.pause->>'until')::timestamptz <= clock_timestamp())
    AND (a.paused_until IS NULL OR a.paused_until <= clock_timestamp())
    AND (a.quarantined_until IS NULL OR a.quarantined_until <= clock_timestamp())`;

/** Hours between two scans where nothing is said. */
const EVERY_HOURS = 24;

const DUE = `
  SELECT tenant_id, id FROM (SELECT a.tenant_id, a.id, row_number() OVER (PARTITION BY a.tenant_id ORDER BY last.at) AS nth FROM applications a JOIN tenants t ON t.id = a.tenant_id AND t.stopped_at IS NULL,
    LATERAL (SELECT CASE WHEN a.drift ? 'everyHours' THEN (a.drift->>'everyHours')::float8 ELSE ${EVERY_HOURS} END AS hours) every,
    LATERAL (SELECT coalesce((SELECT s.started_at FROM scans s WHERE s.tenant_id = a.tenant_id AND s.application_id = a.id AND s.kind = 'drift'
                              ORDER BY s.id DESC LIMIT 1), a.created_at) AS at) last
  WHERE every.hours IS NOT NULL AND last.at + make_interval(secs => every.hours * 3600) <= $1
    AND NOT EXISTS (SELECT FROM scans s WHERE s.tenant_id = a.tenant_id AND s.application_id = a.id AND s.state = 'running')) due WHERE nth <= 20`;

/** Looks at applications: when somebody asks, and when it is time. */
export class Scans {
  readonly work: SlicedWork;

  constructor(
    private readonly database: Database,
    queues: Queues,
    turns: ScanTurns,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const turn = turns.turn.bind(turns);
    this.work = new SlicedWork(database, queues, { kind: 'scan', timer: 'scans', open: OPEN, turn });
  }

  /** Begins a scan; one at a time per application. With a mode it is a report of what that mode would change. */
  start(tenantId: string, by: Actor, applicationId: string, targetMode: Mode | null = null): Promise<Scan> {
    return this.database.transaction(tenantId, async (tx) => {
      await getApplication(tx, applicationId);
      return this.begin(tx, by, applicationId, targetMode);
    });
  }

  /** Believes a suspected scan: what it saw is compared after all. */
  accept(tenantId: string, by: Actor, id: string, reason: string | null): Promise<Scan> {
    return this.database.transaction(tenantId, async (tx) => {
      await tx.query('SELECT FROM scans WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tenantId, id]);
      const scan = await getScan(tx, id);
      if (scan.state !== 'suspected')
        throw new Refusal('scan_not_suspected', `Only a suspected scan can be accepted; this one is ${scan.state}.`);
      const now = this.clock.now();
      await this.running(tx, () =>
        tx.query(
          `UPDATE scans SET state = 'running', phase = 'absent', cursor = NULL, ended_at = NULL, accepted_at = $3, accepted_by = $4
           WHERE tenant_id = $1 AND id = $2`,
          [tenantId, id, now, by.actor],
        ),
      );
      const { applicationId } = scan;
      await settleDoubts(tx, { id, applicationId }, now, by.actor);
      const payload = { applicationId, counts: scan.counts, reason };
      await appendFact(tx, by, now, { verb: 'scan.accepted', subjectKind: 'scan', subjectId: id, payload });
      this.work.announce(tx, id);
      return getScan(tx, id);
    });
  }

  /** Begins the scans for which it is time. */
  clockTimer(): Timer {
    return {
      name: 'scan-clock',
      everyMs: 5_000,
      run: async (system) => {
        const due = await system.query<{ tenant_id: string; id: string }>(DUE, [this.clock.now()]);
        return () =>
          forEachRow(this.log, 'scan-clock', due, (tenantId, { id }) =>
            this.start(tenantId, { actor: 'clock', door: 'clock' }, id).catch((error: unknown) => {
              // Another process was quicker.
              if (!(error instanceof Refusal && error.code === 'scan_running')) throw error;
            }),
          );
      },
    };
  }

  private async begin(tx: Tx, by: Actor, applicationId: string, targetMode: Mode | null): Promise<Scan> {
    const id = newId();
    const kind = targetMode === null ? 'drift' : 'report';
    await this.running(tx, () =>
      tx.query(
        `INSERT INTO scans (tenant_id, id, application_id, kind, target_mode, requested_by, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())`,
        [tx.tenantId, id, applicationId, kind, targetMode, by.actor],
      ),
    );
    const payload = { applicationId, kind, targetMode };
    await appendFact(tx, by, this.clock.now(), { verb: 'scan.started', subjectKind: 'scan', subjectId: id, payload });
    this.work.announce(tx, id);
    return getScan(tx, id);
  }

  private async running(tx: Tx, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isUniqueViolation(error, 'scans_running')) throw error;
      throw new Refusal('scan_running', 'The application is being looked at; ask again when that scan has ended.');
    }
  }
}

/** A scan of the tenant, or a refusal. */
export async function getScan(tx: Tx, id: string): Promise<Scan> {
  const scan = await tx.repository(Scan).findOneBy({ tenantId: tx.tenantId, id });
  if (!scan) throw new Refusal('scan_not_found', `There is no scan with the id ${id}.`);
  return scan;
}

/** The newest report about a mode that is done, if there is one: whoever steps up should have seen it. */
export async function newestReport(
  tx: Tx,
  applicationId: string,
  mode: Mode,
): Promise<{ id: string; at: Date } | null> {
  const [report] = await tx.query<{ id: string; at: Date }>(
    `SELECT id, ended_at AS at FROM scans WHERE tenant_id = $1 AND application_id = $2 AND kind = 'report' AND target_mode = $3 AND state = 'done'
     ORDER BY id DESC LIMIT 1`,
    [tx.tenantId, applicationId, mode],
  );
  return report ?? null;
}
