import { Clock, Database, SWITCH_SEEN_MS } from '@tenure/platform';
import { maintenanceUntil, type Application, type MaintenanceWindow } from '@tenure/applications';

/** On whose behalf calls are made. */
export interface CallSubject {
  readonly application: Pick<Application, 'id' | 'tenantId' | 'mode' | 'maintenance'>;
  /** Accounts that the calls concern: none of them may be protected. */
  readonly accountIds: readonly string[];
  /** The fencing number of the one leased account: raised when a person takes the account out of the turn's hands. */
  readonly fence?: string;
  /** The calls only read, whatever the mode is. */
  readonly reads?: true;
}

interface Question {
  readonly subject: CallSubject;
  readonly answer: (mayCall: boolean) => void;
  readonly fail: (error: unknown) => void;
}

interface Answer {
  readonly nth: number;
  readonly free: boolean;
  readonly maintenance: readonly MaintenanceWindow[];
}

const SWITCHES = `
  SELECT q.nth, p.maintenance,
    t.stopped_at IS NULL AND (p.pause IS NULL OR (p.pause->>'until')::timestamptz <= clock_timestamp()) AND (q.mode IS NULL OR p.mode = q.mode)
      AND NOT EXISTS (SELECT FROM accounts a WHERE a.tenant_id = q."tenantId" AND a.id = ANY(q."accountIds")
                      AND (a.protected_reason IS NOT NULL OR a.fence <> q.fence)) AS free
  FROM jsonb_to_recordset($1) AS q (nth int, "tenantId" uuid, "applicationId" uuid, mode text, "accountIds" uuid[], fence bigint)
  JOIN applications p ON p.tenant_id = q."tenantId" AND p.id = q."applicationId" JOIN tenants t ON t.id = q."tenantId"`;

/**
 * Whether another call may begin: asked before every one. A stop of the tenant, a pause, a maintenance window, another mode, a
 * protection, or a person who takes the account over ends a turn between two of its calls. What a turn knows from its lease,
 * or from its last look, counts for `SWITCH_SEEN_MS`; whoever turns a switch answers after that time, so that nothing is sent
 * after the answer.
 */
export class CallPermissions {
  private waiting: Question[] = [];
  private isLooking = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The question of one turn, for each of its calls.
   * @param seenAt when the lease saw the switches, on the process's own clock (ms)
   */
  of(subject: CallSubject, seenAt: number): () => Promise<boolean> {
    let freshUntil = seenAt + SWITCH_SEEN_MS;
    return async () => {
      if (this.isMaintained(subject.application.maintenance)) return false;
      const began = performance.now();
      if (began < freshUntil) return true;
      if (!(await this.ask(subject))) return false;
      freshUntil = began + SWITCH_SEEN_MS;
      return true;
    };
  }

  private isMaintained(windows: readonly MaintenanceWindow[]): boolean {
    return windows.length > 0 && maintenanceUntil(windows, this.clock.now()) !== null;
  }

  private ask(subject: CallSubject): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.waiting.push({ subject, answer, fail });
      if (!this.isLooking) void this.lookWhileAsked();
    });
  }

  /** One statement for all who ask while another is under way. */
  private async lookWhileAsked(): Promise<void> {
    this.isLooking = true;
    while (this.waiting.length > 0) {
      const asked = this.waiting;
      this.waiting = [];
      try {
        const answers = await this.look(asked);
        asked.forEach(({ answer }, nth) => answer(answers.has(nth)));
      } catch (error) {
        for (const { fail } of asked) fail(error);
      }
    }
    this.isLooking = false;
  }

  /** Which questions are answered with yes. */
  private async look(asked: readonly Question[]): Promise<ReadonlySet<number>> {
    const questions = asked.map(({ subject: { application, accountIds, fence, reads } }, nth) => ({
      ...{ nth, tenantId: application.tenantId, applicationId: application.id, accountIds },
      ...{ mode: reads ? null : application.mode, fence: fence ?? null },
    }));
    const answers = await this.database.asSystem((tx) => tx.prepared<Answer>(SWITCHES, [JSON.stringify(questions)]));
    return new Set(
      answers.filter(({ free, maintenance }) => free && !this.isMaintained(maintenance)).map(({ nth }) => nth),
    );
  }
}
