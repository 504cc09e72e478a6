import type { Tx } from '@tenure/platform';
import type { Person } from '../model/person.js';
import type { ScheduledStatement } from './scheduled-statement.entity.js';

export interface ScheduledAsked {
  readonly id?: string | undefined;
  readonly identityId?: string | undefined;
  readonly sourceId?: string | undefined;
  readonly state?: ScheduledStatement['state'] | undefined;
  /** The last one of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A statement about a later day, with the identity that it is about as far as that is known today. */
export interface ScheduledChange {
  readonly id: string;
  readonly sourceId: string;
  readonly key: string;
  readonly identityId: string | null;
  readonly effectiveAt: Date;
  readonly person: Person;
  readonly state: ScheduledStatement['state'];
  readonly reason: string | null;
  readonly receivedAt: Date;
  readonly settledAt: Date | null;
}

/** What waits for its day, and what became of what did; ordered by id. */
export function listScheduled(tx: Tx, asked: ScheduledAsked): Promise<ScheduledChange[]> {
  return tx.query<ScheduledChange>(
    `SELECT s.id, s.source_id AS "sourceId", s.key, r.identity_id AS "identityId", s.effective_at AS "effectiveAt", s.person, s.state, s.reason,
       s.received_at AS "receivedAt", s.settled_at AS "settledAt"
     FROM scheduled_statements s
     LEFT JOIN source_records r ON r.tenant_id = s.tenant_id AND r.source_id = s.source_id AND r.key = s.key
     WHERE s.tenant_id = $1 AND ($2::uuid IS NULL OR s.id = $2) AND ($3::uuid IS NULL OR r.identity_id = $3)
       AND ($4::uuid IS NULL OR s.source_id = $4) AND ($5::text IS NULL OR s.state = $5) AND ($6::uuid IS NULL OR s.id > $6)
     ORDER BY s.id LIMIT $7`,
    [
      tx.tenantId,
      asked.id ?? null,
      asked.identityId ?? null,
      asked.sourceId ?? null,
      asked.state ?? null,
      asked.after ?? null,
      asked.limit,
    ],
  );
}
