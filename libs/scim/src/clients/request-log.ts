import type { Request, Response } from 'express';
import { Clock, Database, newId, type Log, loggedReason } from '@tenure/platform';
import type { Source } from '@tenure/identity';
import { detectDialect } from './detect-dialect.js';
import { redactBody, redactText } from './redact-request.js';
import type { ScimRequest } from './scim-client.entity.js';
import type { ScimError } from '../protocol/scim-error.js';
import type { Values } from '../schema/read-value.js';

const EVERY_MS = 200;
const MOST = 2_000;
const LOGGED_BYTES = 20_000;

/** What clients asked and were told, without what they said of people. Written in batches, and not waited for. */
export class RequestLog {
  private waiting: ScimRequest[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  note(request: Request, response: Response, source: Source): void {
    const receivedAt = this.clock.now();
    const began = performance.now();
    const query = request.query as Values;
    // By the header: a body that is nested without end cannot be written to be measured.
    const isShort = Number(request.headers['content-length'] ?? 0) <= LOGGED_BYTES;
    const path = request.path;
    response.on('finish', () => {
      const body = request.body as unknown;
      const error = response.locals.scimError as ScimError | undefined;
      this.add({
        ...{ tenantId: source.tenantId, id: newId(), sourceId: source.id, receivedAt, method: request.method },
        path: redactText(path),
        query: redactBody(query),
        dialect: detectDialect(request.headers['user-agent'], query, body),
        ...{ status: response.statusCode, scimType: error?.scimType ?? null },
        detail: error === undefined ? null : redactText(error.message),
        body: body !== undefined && isShort ? redactBody(body) : null,
        ms: Math.round(performance.now() - began),
      });
    });
  }

  /** Nest calls it before the database goes away. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const entries = this.waiting;
    this.waiting = [];
    this.writing = this.writing.then(() => this.write(entries));
    await this.writing;
  }

  private add(entry: ScimRequest): void {
    if (this.waiting.length >= MOST)
      return this.log.warn({ event: 'scim.request_not_logged', tenantId: entry.tenantId });
    this.waiting.push(entry);
    this.timer ??= setTimeout(() => void this.flush(), EVERY_MS);
  }

  private async write(entries: readonly ScimRequest[]): Promise<void> {
    for (const tenantId of new Set(entries.map((entry) => entry.tenantId))) {
      const rows = entries.filter((entry) => entry.tenantId === tenantId);
      try {
        await this.database.transaction(tenantId, (tx) =>
          tx.query(
            `INSERT INTO scim_requests (tenant_id, id, source_id, received_at, method, path, query, dialect, status, scim_type, detail, body, ms)
             SELECT $1, e.id, e."sourceId", e."receivedAt", e.method, e.path, e.query, e.dialect, e.status, e."scimType", e.detail, e.body, e.ms
             FROM jsonb_to_recordset($2::jsonb) AS e (id uuid, "sourceId" uuid, "receivedAt" timestamptz, method text, path text, query jsonb,
               dialect text, status int, "scimType" text, detail text, body jsonb, ms int)`,
            [tenantId, JSON.stringify(rows)],
          ),
        );
      } catch (error) {
        this.log.warn({ event: 'scim.request_not_logged', tenantId, reason: loggedReason(error) });
      }
    }
  }
}
