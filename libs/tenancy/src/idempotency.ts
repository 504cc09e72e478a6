import { createHash } from 'node:crypto';
import { canonicalJson, Clock, Database, deleteOld, Refusal, type Log, type Timer, type Tx } from '@tenure/platform';
import type { Principal } from './roles.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Of the answer itself, such as its ETag. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Kept {
  request_digest: Buffer;
  status: number | null;
  body: unknown;
  headers: Readonly<Record<string, string>>;
}

/** What was reserved: of two calls that think the key is theirs, one is wrong. */
interface Reservation {
  readonly at: string;
}

/** A first call that died leaves a reservation; after this long (s) it may be made again. */
const ABANDONED_AFTER_S = 60;
const MAX_KEY = 255;
/** A repetition of a request gets the first answer for so long (h); afterwards its key is free. */
const KEPT_HOURS = 24;

/** Deletes answers whose keys are free again. */
export const forgetIdempotentAnswers = (database: Database, clock: Clock, log: Log): Timer =>
  deleteOld(
    {
      timer: 'idempotent-answers-forget',
      table: 'idempotent_answers',
      key: 'principal, key',
      at: 'created_at',
      keptHours: KEPT_HOURS,
    },
    database,
    clock,
    log,
  );

/** Answers to repeated writes: the same Idempotency-Key gives the same answer, without its secrets. */
export class Idempotency {
  constructor(private readonly database: Database) {}

  /** Runs `work` once per key, in one transaction with what is kept of its answer. A key that comes back with another request, or while the first still runs, is refused. */
  async once(
    principal: Principal,
    key: string,
    request: unknown,
    work: () => Promise<Answer>,
    withoutSecrets: (body: unknown) => unknown,
  ): Promise<Answer> {
    if (key.length > MAX_KEY)
      throw new Refusal('idempotency_key_too_long', `Use an Idempotency-Key of at most ${MAX_KEY} characters.`);
    const digest = createHash('sha256').update(canonicalJson(request)).digest();
    const found = await this.reserve(principal, key, digest);
    if ('request_digest' in found) return this.repeat(found, digest);
    try {
      return await this.database.together(principal.tenantId, work, (tx, answer) =>
        keep(tx, principal, key, found, { ...answer, body: withoutSecrets(answer.body) }),
      );
    } catch (error) {
      await this.release(principal, key, found).catch(() => undefined);
      throw error;
    }
  }

  private reserve(principal: Principal, key: string, digest: Buffer): Promise<Kept | Reservation> {
    return this.database.transaction(principal.tenantId, async (tx) => {
      const where = [principal.tenantId, principal.actor, key];
      await tx.query(
        `DELETE FROM idempotent_answers WHERE tenant_id = $1 AND principal = $2 AND key = $3
           AND (status IS NULL AND created_at < clock_timestamp() - make_interval(secs => $4) OR created_at < clock_timestamp() - interval '${KEPT_HOURS} hours')`,
        [...where, ABANDONED_AFTER_S],
      );
      const [reserved] = await tx.query<Reservation>(
        `INSERT INTO idempotent_answers (tenant_id, principal, key, request_digest) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING created_at::text AS at`,
        [...where, digest],
      );
      if (reserved !== undefined) return reserved;
      const [kept] = await tx.query<Kept>(
        'SELECT request_digest, status, body, headers FROM idempotent_answers WHERE tenant_id = $1 AND principal = $2 AND key = $3',
        where,
      );
      if (kept === undefined) throw inUse();
      return kept;
    });
  }

  private repeat(kept: Kept, digest: Buffer): Answer {
    if (!kept.request_digest.equals(digest)) {
      throw new Refusal(
        'idempotency_key_reused',
        'This Idempotency-Key was used with another request; take a new key.',
      );
    }
    if (kept.status === null) throw inUse();
    return { status: kept.status, body: kept.body, headers: kept.headers };
  }

  /** Only what was not kept: where the commit went through although its word was lost, the answer stays. */
  private async release(principal: Principal, key: string, { at }: Reservation): Promise<void> {
    await this.database.transaction(principal.tenantId, (tx) =>
      tx.query(
        `DELETE FROM idempotent_answers
         WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND created_at = $4::timestamptz AND status IS NULL`,
        [principal.tenantId, principal.actor, key, at],
      ),
    );
  }
}

/** Writes the answer in the transaction of the work: either both are there afterwards, or neither. */
async function keep(
  tx: Tx,
  { tenantId, actor }: Principal,
  key: string,
  { at }: Reservation,
  answer: Answer,
): Promise<void> {
  const kept = await tx.query(
    `UPDATE idempotent_answers SET status = $5, body = $6, headers = $7
     WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND created_at = $4::timestamptz AND status IS NULL RETURNING key`,
    [tenantId, actor, key, at, answer.status, JSON.stringify(answer.body ?? null), JSON.stringify(answer.headers)],
  );
  // It took so long that the key was given to a repetition, which does the work.
  if (kept.length === 0) throw inUse();
}

const inUse = (): Refusal =>
  new Refusal(
    'idempotency_key_in_use',
    'The first request with this Idempotency-Key is still running; ask again in a moment.',
  );
