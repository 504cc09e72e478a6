import { randomBytes } from 'node:crypto';
import { currentContext, newId, type Tx } from '@tenure/platform';
import { payloadDigest, type Actor, type Fact } from './append.js';

/** Writes many entries at once, in their order, under the locks of their subjects as `appendFact` takes them. */
export async function appendFacts(tx: Tx, by: Actor, at: Date, facts: readonly Fact[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map((fact, place) => {
    const salt = randomBytes(16);
    const [hex, digest] = [salt.toString('hex'), payloadDigest(salt, fact.payload).toString('hex')];
    return { ...fact, place, id: newId(), salt: hex, digest };
  });
  // In one order for everybody, so that two who write about the same subjects wait for each other in a line.
  const subjects = [...new Set(facts.map(({ subjectId }) => subjectId))].sort();
  const locked = tx.query(
    'SELECT pg_advisory_xact_lock(hashtextextended(id, 1)) FROM unnest($1::text[]) AS subject (id)',
    [subjects],
  );
  const written = tx.query(
    `WITH fact AS (
       SELECT * FROM jsonb_to_recordset($7) AS f (place int, id uuid, verb text, "subjectKind" text, "subjectId" uuid, payload jsonb, salt text, digest text)),
     entry AS (
       INSERT INTO journal (tenant_id, id, at, actor, door, verb, subject_kind, subject_id, revision, cause, request_id, digest)
       SELECT $1, id, $2, $3, $4, verb, "subjectKind", "subjectId",
         coalesce((SELECT max(j.revision) FROM journal j WHERE j.tenant_id = $1 AND j.subject_id = "subjectId"), 0)
           + row_number() OVER (PARTITION BY "subjectId" ORDER BY place),
         $5, $6, decode(digest, 'hex')
       FROM fact ORDER BY place RETURNING id)
     INSERT INTO journal_payloads (tenant_id, journal_id, salt, body)
     SELECT $1, entry.id, decode(fact.salt, 'hex'), fact.payload FROM entry JOIN fact ON fact.id = entry.id`,
    [tx.tenantId, at, by.actor, by.door, by.cause ?? null, currentContext()?.requestId ?? null, JSON.stringify(rows)],
  );
  await Promise.all([locked, written]);
}
