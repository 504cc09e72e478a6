import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson, currentContext, newId, type Tx } from '@tenure/platform';

/** Who does something, through which door, because of what. */
export interface Actor {
  /** `source:<id>`, `api_key:<id>`, `clock`, `policy:<id>`. */
  readonly actor: string;
  readonly door: 'scim' | 'saml' | 'hrms' | 'csv' | 'admin' | 'clock' | 'access' | 'provisioning';
  /** The journal entry that this one follows from. */
  readonly cause?: string;
}

export interface Fact {
  readonly verb: string;
  readonly subjectKind:
    | 'identity'
    | 'source'
    | 'source_record'
    | 'scheduled_change'
    | 'application'
    | 'policy'
    | 'account'
    | 'tenant'
    | 'import'
    | 'case'
    | 'hold'
    | 'grant'
    | 'request'
    | 'scan'
    | 'drift_finding'
    | 'unknown_account'
    | 'session';
  readonly subjectId: string;
  /** Before and after, or whatever tells what happened. Erasable. */
  readonly payload: unknown;
}

/** The digest kept on the entry; `salt` makes a short payload impossible to guess from it. */
export const payloadDigest = (salt: Buffer, payload: unknown): Buffer =>
  createHash('sha256').update(salt).update(canonicalJson(payload)).digest();

/**
 * Writes one entry in the transaction that changes the state; returns its id. Takes the subject's lock for its revision, so that
 * of two who write about one subject at once one comes after the other, whatever else they have locked.
 */
export async function appendFact(tx: Tx, by: Actor, at: Date, fact: Fact, id = newId()): Promise<string> {
  const salt = randomBytes(16);
  const locked = tx.prepared('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [fact.subjectId]);
  const written = tx.prepared(
    `WITH entry AS (
       INSERT INTO journal (tenant_id, id, at, actor, door, verb, subject_kind, subject_id, revision, cause, request_id, digest)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, coalesce(max(revision), 0) + 1, $9, $10, $11
       FROM journal WHERE tenant_id = $1 AND subject_id = $8 RETURNING id)
     INSERT INTO journal_payloads (tenant_id, journal_id, salt, body) SELECT $1, id, $12, $13 FROM entry`,
    [
      tx.tenantId,
      id,
      at,
      by.actor,
      by.door,
      fact.verb,
      fact.subjectKind,
      fact.subjectId,
      by.cause ?? null,
      currentContext()?.requestId ?? null,
      payloadDigest(salt, fact.payload),
      salt,
      JSON.stringify(fact.payload),
    ],
  );
  await Promise.all([locked, written]);
  return id;
}
