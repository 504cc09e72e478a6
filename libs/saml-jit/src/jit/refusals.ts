import { Clock, Database, newId, type Log, type Tx, loggedReason } from '@tenure/platform';
import { redactMessage } from './redact-message.js';

/** A refused login, as its door saw it. */
export interface Refused {
  readonly connectionId: string;
  readonly code: string;
  readonly reason: string;
  readonly supportCode: string;
  /** The message passed every check of the protocol: a person in particular was refused. */
  readonly verified: boolean;
  readonly samlResponse: unknown;
}

interface Entry extends Omit<Refused, 'samlResponse'> {
  readonly id: string;
  readonly firstAt: Date;
  readonly message: string | null;
  times: number;
  lastAt: Date;
  isNew: boolean;
  isDirty: boolean;
}

const EVERY_MS = 300;
const WINDOW_MS = 60_000;
/** Rows kept per connection: of the identity provider's own messages, and of whatever else is posted. */
const CAP = { verified: 500, other: 200 };
/**
 * How many are remembered in a process: what an identity provider signed has its own room, whatever else is posted; and of
 * one connection so many that no other finds the room full. Reasons beyond are counted by their code.
 */
const MOST = { verified: 2_000, verifiedOfOne: 500, other: 2_000, reasonsOfOne: 40 };

/** The reason of what is counted by its code: that of the first would be another person's. */
const SEVERAL = 'More reasons came in this minute than are kept one by one.';

/**
 * Refused logins for the admin. Whatever anybody can post is counted, one row per reason and minute, so that an attack
 * neither fills the table nor pushes out what the admin looks for. Written in batches, and not waited for.
 */
export class Refusals {
  private readonly entries = new Map<string, Entry>();
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Notes a refusal. Returns the support code under which it is found. */
  note(refused: Refused): string {
    const { connectionId, code, verified, supportCode } = refused;
    const now = this.clock.now();
    const { key, isOwn } = verified ? { key: supportCode, isOwn: true } : this.keyOf(refused);
    const known = this.entries.get(key);
    if (known !== undefined && now.getTime() - known.firstAt.getTime() < WINDOW_MS) {
      known.times += 1;
      known.lastAt = now;
      known.isDirty = true;
      this.plan();
      return known.supportCode;
    }
    if (this.isFull(refused)) {
      this.log.warn({ event: 'saml.refusal_not_kept', connectionId, code, supportCode });
      return supportCode;
    }
    const { samlResponse, ...rest } = isOwn ? refused : { ...refused, reason: SEVERAL, samlResponse: undefined };
    this.entries.set(key, {
      ...rest,
      ...{ id: newId(), firstAt: now, lastAt: now, times: 1, isNew: true, isDirty: true },
      message: redactMessage(samlResponse),
    });
    this.plan();
    return supportCode;
  }

  /** One row for each reason, so that a code leads to what was refused; when there are many, for each code. */
  private keyOf({ connectionId, code, reason }: Refused): { key: string; isOwn: boolean } {
    const exact = `${connectionId}|${code}|${reason}`;
    const isOwn = this.entries.has(exact) || this.countOf(connectionId, false) < MOST.reasonsOfOne;
    return { key: isOwn ? exact : `${connectionId}|${code}`, isOwn };
  }

  private isFull({ connectionId, verified }: Refused): boolean {
    let all = 0;
    for (const entry of this.entries.values()) if (entry.verified === verified) all += 1;
    if (!verified) return all >= MOST.other;
    return all >= MOST.verified || this.countOf(connectionId, true) >= MOST.verifiedOfOne;
  }

  private countOf(connectionId: string, verified: boolean): number {
    let count = 0;
    for (const entry of this.entries.values())
      if (entry.verified === verified && entry.connectionId === connectionId) count += 1;
    return count;
  }

  /** Nest calls it before the database goes away. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private plan(): void {
    this.timer ??= setTimeout(() => void this.flush(), EVERY_MS);
  }

  private async flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const dirty = [...this.entries.values()].filter(({ isDirty }) => isDirty).map((entry) => ({ ...entry }));
    const oldest = this.clock.now().getTime() - WINDOW_MS;
    for (const [key, entry] of this.entries) {
      entry.isDirty = false;
      entry.isNew = false;
      if (entry.verified || entry.firstAt.getTime() < oldest) this.entries.delete(key);
    }
    this.writing = this.writing.then(() => this.write(dirty));
    await this.writing;
  }

  private async write(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    try {
      const ids = [...new Set(entries.map(({ connectionId }) => connectionId))];
      const owners = await this.database.asSystem((tx) =>
        tx.query<{ tenantId: string; id: string }>(
          'SELECT tenant_id AS "tenantId", id FROM saml_connections WHERE id = ANY($1)',
          [ids],
        ),
      );
      for (const { tenantId, id } of owners) {
        const rows = entries.filter(({ connectionId }) => connectionId === id);
        await this.database.transaction(tenantId, (tx) => keep(tx, id, rows));
      }
    } catch (error) {
      this.log.warn({ event: 'saml.refusals_not_kept', count: entries.length, reason: loggedReason(error) });
    }
  }
}

async function keep(tx: Tx, connectionId: string, rows: readonly Entry[]): Promise<void> {
  await tx.query(
    `INSERT INTO saml_refusals (tenant_id, id, connection_id, support_code, code, reason, verified, times, first_at, last_at, message)
     SELECT $1, e.id, $2, e."supportCode", e.code, e.reason, e.verified, e.times, e."firstAt", e."lastAt", e.message
     FROM jsonb_to_recordset($3::jsonb) AS e (id uuid, "supportCode" text, code text, reason text, verified boolean, times int,
       "firstAt" timestamptz, "lastAt" timestamptz, message text)
     ON CONFLICT (tenant_id, id) DO UPDATE SET times = excluded.times, last_at = excluded.last_at`,
    [tx.tenantId, connectionId, JSON.stringify(rows)],
  );
  if (!rows.some(({ isNew }) => isNew)) return;
  for (const verified of [true, false]) {
    await tx.query(
      `DELETE FROM saml_refusals WHERE tenant_id = $1 AND connection_id = $2 AND verified = $3 AND id < (
         SELECT id FROM saml_refusals WHERE tenant_id = $1 AND connection_id = $2 AND verified = $3 ORDER BY id DESC OFFSET $4 LIMIT 1)`,
      [tx.tenantId, connectionId, verified, (verified ? CAP.verified : CAP.other) - 1],
    );
  }
}
