import { randomInt } from 'node:crypto';
import { Clock, Database, Refusal, SecretBox } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import type { InitialCredentialRule } from '@tenure/applications';
import type { Attributes } from '@tenure/connectors';

const DEFAULT_LENGTH = 20;
/** One of each kind is always in it: what most applications' rules ask for. Letters and digits that look alike are left out. */
const KINDS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.!*+#'] as const;
const ALL = KINDS.join('');

/** The passwords that accounts are made with: random, sealed while they wait, handed over once, and then gone. */
export class InitialCredentials {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** The target attribute and its value for an account that is about to be made: the same again while nobody has taken it. */
  async forCreate(tenantId: string, accountId: string, rule: InitialCredentialRule): Promise<Attributes> {
    const fresh = this.box.seal(randomPassword(rule.length ?? DEFAULT_LENGTH), sealedFor(accountId));
    const sealed = await this.database.transaction(tenantId, async (tx) => {
      const [row] = await tx.query<{ sealed: Buffer }>(
        `INSERT INTO initial_credentials AS c (tenant_id, account_id, sealed, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET
           sealed = coalesce(c.sealed, excluded.sealed), taken_at = NULL, taken_by = NULL RETURNING sealed`,
        [tenantId, accountId, fresh, this.clock.now()],
      );
      return row?.sealed ?? fresh;
    });
    return { [rule.target]: this.box.open(sealed, sealedFor(accountId)) };
  }

  /** The account was there before: it has a password of its own, and this one is none. */
  async drop(tenantId: string, accountId: string): Promise<void> {
    await this.database.transaction(tenantId, (tx) =>
      tx.query('DELETE FROM initial_credentials WHERE tenant_id = $1 AND account_id = $2 AND taken_at IS NULL', [
        tenantId,
        accountId,
      ]),
    );
  }

  /** Hands the password over, this once. Refuses when there is none, or when somebody has taken it. */
  async take(tenantId: string, by: Actor, accountId: string): Promise<{ readonly password: string }> {
    return this.database.transaction(tenantId, async (tx) => {
      const [row] = await tx.query<{ sealed: Buffer | null; taken: boolean; made: boolean }>(
        `SELECT c.sealed, c.taken_at IS NOT NULL AS taken, a.remote_id IS NOT NULL AS made FROM initial_credentials c
         JOIN accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
         WHERE c.tenant_id = $1 AND c.account_id = $2 FOR UPDATE OF c`,
        [tenantId, accountId],
      );
      if (!row?.made)
        throw new Refusal('initial_credential_not_found', 'No account was made with an initial password here.');
      if (row.sealed === null)
        throw new Refusal(
          'initial_credential_taken',
          'The initial password was handed over before; set a new one in the application.',
        );
      await tx.query(
        'UPDATE initial_credentials SET sealed = NULL, taken_at = $3, taken_by = $4 WHERE tenant_id = $1 AND account_id = $2',
        [tenantId, accountId, this.clock.now(), by.actor],
      );
      await appendFact(tx, by, this.clock.now(), {
        verb: 'account.initial_credential_taken',
        subjectKind: 'account',
        subjectId: accountId,
        payload: {},
      });
      return { password: this.box.open(row.sealed, sealedFor(accountId)) };
    });
  }
}

const sealedFor = (accountId: string): string => `initial-credential:${accountId}`;

/** So many characters, one of each kind among them, in an order that says nothing. */
export function randomPassword(length: number): string {
  const characters = Array.from({ length }, (_, nth) => pick(KINDS[nth] ?? ALL));
  for (let at = length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [characters[at], characters[other]] = [characters[other] ?? '', characters[at] ?? ''];
  }
  return characters.join('');
}

const pick = (from: string): string => from.charAt(randomInt(from.length));
