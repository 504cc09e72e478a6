import { createHash } from 'node:crypto';
import { canonicalJson, Database, Refusal } from '@tenure/platform';
import type { Principal } from './roles.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Kept {
  request_digest: Buffer;
  status: number | null;
  body: unknown;
}

/** A first call that died leaves a reservation; after this long (s) it may be made again. */
const ABANDONED_AFTER_S = 60;
const MAX_KEY = 255;

/** Answers to repeated writes: the same Idempotency-Key gives the same answer, without its secrets. */
export class Idempotency {
  constructor(private readonly database: Database) {}

  /** Runs `work` once per key. A key that comes back with another request, or while the first still runs, is refused. */
  async once(
    principal: Principal,
    key: string,
    request: unknown,
    work: () => Promise<Answer>,
    withoutSecrets: (body: unknown) => unknown,
  ): Promise<Answer> {
    if (key.length > MAX_KEY)
      throw new Refusal(
        'invalid',
        'idempotency_key_too_long',
        `Use an Idempotency-Key of at most ${MAX_KEY} characters.`,
      );
    const digest = createHash('sha256').update(canonicalJson(request)).digest();
    const kept = await this.reserve(principal, key, digest);
    if (kept) return this.repeat(kept, digest);
    try {
      const answer = await work();
      await this.keep(principal, key, { status: answer.status, body: withoutSecrets(answer.body) });
      return answer;
    } catch (error) {
      await this.release(principal, key);
      throw error;
    }
  }

  private reserve(principal: Principal, key: string, digest: Buffer): Promise<Kept | undefined> {
    return this.database.transaction(principal.tenantId, async (tx) => {
      const where = [principal.tenantId, principal.actor, key];
      await tx.query(
        `DELETE FROM idempotent_answers WHERE tenant_id = $1 AND principal = $2 AND key = $3
           AND (status IS NULL AND created_at < clock_timestamp() - make_interval(secs => $4) OR created_at < clock_timestamp() - interval '24 hours')`,
        [...where, ABANDONED_AFTER_S],
      );
      const reserved = await tx.query(
        'INSERT INTO idempotent_answers (tenant_id, principal, key, request_digest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key',
        [...where, digest],
      );
      if (reserved.length > 0) return undefined;
      const [kept] = await tx.query<Kept>(
        'SELECT request_digest, status, body FROM idempotent_answers WHERE tenant_id = $1 AND principal = $2 AND key = $3',
        where,
      );
      return kept;
    });
  }

  private repeat(kept: Kept, digest: Buffer): Answer {
    if (!kept.request_digest.equals(digest)) {
      throw new Refusal(
        'unprocessable',
        'idempotency_key_reused',
        'This Idempotency-Key was used with another request; take a new key.',
      );
    }
    if (kept.status === null) {
      throw new Refusal(
        'conflict',
        'idempotency_key_in_use',
        'The first request with this Idempotency-Key is still running; ask again in a moment.',
      );
    }
    return { status: kept.status, body: kept.body };
  }

  private async keep(principal: Principal, key: string, answer: Answer): Promise<void> {
    await this.database.transaction(principal.tenantId, (tx) =>
      tx.query(
        'UPDATE idempotent_answers SET status = $4, body = $5 WHERE tenant_id = $1 AND principal = $2 AND key = $3',
        [principal.tenantId, principal.actor, key, answer.status, JSON.stringify(answer.body ?? null)],
      ),
    );
  }

  private async release(principal: Principal, key: string): Promise<void> {
    await this.database.transaction(principal.tenantId, (tx) =>
      tx.query(
        'DELETE FROM idempotent_answers WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND status IS NULL',
        [principal.tenantId, principal.actor, key],
      ),
    );
  }
}
