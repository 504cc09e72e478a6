import { AskedTogether, Clock, Database, hashToken, newId, newToken, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { getSource, type Source } from '@tenure/identity';
import {
  catalogueOf,
  CORE_CATALOGUE,
  type Catalogue,
  type RegisteredSchema,
  type RegisteredType,
} from '../schema/catalogue.js';
import { SourceToken } from './scim-client.entity.js';

/** A client that has proved who it is: of which tenant and source, and what it may do. */
export interface ScimClient {
  readonly source: Source;
  readonly catalogue: Catalogue;
  readonly scope: SourceToken['scope'];
  /** The user whom the token speaks for. */
  readonly recordId: string | null;
  /** Null for the first token of a source, which is the source's own. */
  readonly tokenId: string | null;
  readonly requestsPerMinute: number | null;
}

export interface NewToken {
  readonly kind: 'bearer' | 'client';
  readonly name: string;
  readonly scope: SourceToken['scope'];
  readonly expiresAt?: Date;
  readonly recordId?: string;
}

interface Registered {
  readonly schemas: readonly RegisteredSchema[] | null;
  readonly types: readonly RegisteredType[] | null;
}

interface FoundRow extends Source, Registered {
  readonly tokenId: string | null;
  readonly tokenKind: SourceToken['kind'] | null;
  readonly scope: SourceToken['scope'] | null;
  readonly recordId: string | null;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly requestsPerMinute: number | null;
}

const SOURCE = `s.tenant_id AS "tenantId", s.id, s.kind, s.name, s.vendor, s.mapping, s.rank, s.retired_at AS "retiredAt", s.created_at AS "createdAt"`;
/** What the tenant registered, of a source `s`. */
const REGISTERED = `(SELECT jsonb_agg(jsonb_build_object('resourceType', c.resource_type, 'required', c.required,
      'schema', c.definition) ORDER BY c.id) FROM scim_schemas c WHERE c.tenant_id = s.tenant_id) AS schemas,
    (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'endpoint', c.endpoint, 'description', c.description,
      'schema', c.definition) ORDER BY c.id) FROM scim_resource_types c WHERE c.tenant_id = s.tenant_id) AS types`;
/** Source, token and the tenant's schemas in one round trip. */
const LOOK_UP = `WITH given AS (SELECT $1::bytea AS hash),
  found AS (
    SELECT t.tenant_id, t.source_id, t.id, t.kind, t.scope, t.record_id, t.expires_at, t.last_used_at FROM source_tokens t, given
      WHERE t.token_hash = given.hash AND t.revoked_at IS NULL
    UNION ALL
    SELECT s.tenant_id, s.id, NULL, NULL, NULL, NULL, NULL, NULL FROM sources s, given WHERE s.token_hash = given.hash)
  SELECT ${SOURCE}, f.id AS "tokenId", f.kind AS "tokenKind", f.scope, f.record_id AS "recordId", f.expires_at AS "expiresAt",
    f.last_used_at AS "lastUsedAt", o.requests_per_minute AS "requestsPerMinute", ${REGISTERED}
  FROM found f JOIN sources s ON s.tenant_id = f.tenant_id AND s.id = f.source_id AND s.kind = 'scim'
    LEFT JOIN scim_source_options o ON o.tenant_id = s.tenant_id AND o.source_id = s.id LIMIT 1`;
const LOOK_UP_SHOWN = `SELECT ${REGISTERED} FROM sources s JOIN scim_source_options o ON o.tenant_id = s.tenant_id AND o.source_id = s.id
  WHERE s.id = $1 AND s.kind = 'scim' AND s.retired_at IS NULL AND o.public_discovery LIMIT 1`;

/** An access token of OAuth is good for so long. */
export const ACCESS_SECONDS = 3_600;
const MOST = 20;
const USED_EVERY_MS = 60_000;

/** Who may call the SCIM door: tokens of a source, several at once so that they can be rotated, and OAuth clients. */
export class ScimClients {
  private readonly catalogues = new Map<string, Catalogue>();
  private readonly tokens = new AskedTogether<FoundRow | null>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Null for a token that is none, has expired, was revoked, or is an OAuth client's secret. An empty one is nobody's. */
  async authenticate(token: string): Promise<ScimClient | null> {
    const found = token === '' ? null : await this.find(token);
    if (found === null || found.tokenKind === 'client') return null;
    await this.noteUse(found);
    return this.clientOf(found);
  }

  /** The catalogue of a source whose discovery is public; null for any other. */
  async shownToAnybody(sourceId: string): Promise<Catalogue | null> {
    const found = await this.database.lookUp<Registered>(LOOK_UP_SHOWN, sourceId);
    return found && this.catalogueOf(found);
  }

  /** RFC 6749 §4.4: a short-lived token for a client's secret; it may do what the client may. */
  async exchange(clientId: string, secret: string): Promise<{ token: string; scope: string } | null> {
    const found = secret === '' ? null : await this.find(secret);
    if (found?.tokenKind !== 'client' || found.tokenId !== clientId) return null;
    await this.noteUse(found);
    const now = this.clock.now();
    const token = newToken('scima');
    const scope = found.scope ?? 'read';
    const expiresAt = new Date(now.getTime() + ACCESS_SECONDS * 1_000);
    await this.database.transaction(found.tenantId, (tx) =>
      insert(tx, {
        ...{ sourceId: found.id, kind: 'access', name: found.tokenId ?? '', scope, token, now, expiresAt },
        ...(found.recordId !== null && { recordId: found.recordId }),
      }),
    );
    return { token, scope };
  }

  /** A further token of a source; shown this once. */
  async issue(tx: Tx, by: Actor, sourceId: string, input: NewToken): Promise<{ id: string; token: string }> {
    await getSource(tx, sourceId, 'scim');
    if (input.recordId !== undefined) await assertUser(tx, sourceId, input.recordId);
    const count = await tx.repository(SourceToken).countBy({ tenantId: tx.tenantId, sourceId, kind: input.kind });
    if (count >= MOST) throw new Refusal('too_many_tokens', `A source may have ${MOST} of these; revoke some.`);
    const token = newToken(input.kind === 'client' ? 'scimc' : 'scim');
    const now = this.clock.now();
    const id = await insert(tx, { ...input, sourceId, token, now });
    const payload = { name: input.name, kind: input.kind, scope: input.scope, tokenId: id };
    await appendFact(tx, by, now, { verb: 'source.token_issued', subjectKind: 'source', subjectId: sourceId, payload });
    return { id, token };
  }

  /** From the commit on nobody gets in with it, nor with the access tokens that it was exchanged for. */
  async revoke(tx: Tx, by: Actor, sourceId: string, id: string): Promise<void> {
    const now = this.clock.now();
    const rows = await tx.query(
      `UPDATE source_tokens SET revoked_at = $4 WHERE tenant_id = $1 AND source_id = $2 AND revoked_at IS NULL
         AND (id = $3 OR (kind = 'access' AND name = $3::text)) RETURNING id`,
      [tx.tenantId, sourceId, id, now],
    );
    if (rows.length === 0) throw new Refusal('token_not_found', `There is no token with the id ${id}.`);
    const payload = { tokenId: id };
    await appendFact(tx, by, now, {
      verb: 'source.token_revoked',
      subjectKind: 'source',
      subjectId: sourceId,
      payload,
    });
  }

  private async find(token: string): Promise<FoundRow | null> {
    const hash = hashToken(token);
    const found = await this.tokens.ask(hash.toString('base64'), () => this.database.lookUp<FoundRow>(LOOK_UP, hash));
    return found !== null && (found.expiresAt === null || found.expiresAt > this.clock.now()) ? found : null;
  }

  private clientOf(found: FoundRow): ScimClient {
    return {
      source: found,
      catalogue: this.catalogueOf(found),
      scope: found.scope ?? 'write',
      recordId: found.recordId,
      tokenId: found.tokenId,
      requestsPerMinute: found.requestsPerMinute,
    };
  }

  private catalogueOf({ schemas, types }: Registered): Catalogue {
    if (schemas === null && types === null) return CORE_CATALOGUE;
    const key = JSON.stringify([schemas, types]);
    const known = this.catalogues.get(key);
    if (known) return known;
    if (this.catalogues.size > 1_000) this.catalogues.clear();
    const made = catalogueOf(schemas ?? [], types ?? []);
    this.catalogues.set(key, made);
    return made;
  }

  /** To the minute: a write per request would cost more than it tells. */
  private async noteUse({ tenantId, tokenId, lastUsedAt }: FoundRow): Promise<void> {
    const now = this.clock.now();
    if (tokenId === null || (lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < USED_EVERY_MS)) return;
    await this.database.transaction(tenantId, (tx) =>
      tx.query('UPDATE source_tokens SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2', [
        tx.tenantId,
        tokenId,
        now,
      ]),
    );
  }
}

/** Whom a token speaks for is a user of its own source, and no one else's. */
async function assertUser(tx: Tx, sourceId: string, recordId: string): Promise<void> {
  const found = await tx.query(
    'SELECT FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND id = $3 AND deleted_at IS NULL',
    [tx.tenantId, sourceId, recordId],
  );
  if (found.length > 0) return;
  const message = 'must be the id of a user of this source; take one from its /Users';
  throw new Refusal('user_unknown', `userId ${message}.`, [{ path: 'userId', message }]);
}

interface TokenRow extends Pick<NewToken, 'name' | 'scope' | 'expiresAt' | 'recordId'> {
  readonly sourceId: string;
  readonly kind: SourceToken['kind'];
  readonly token: string;
  readonly now: Date;
}

async function insert(tx: Tx, { token, now, expiresAt, recordId, ...row }: TokenRow): Promise<string> {
  const id = newId();
  await tx.repository(SourceToken).insert({
    ...row,
    ...{ tenantId: tx.tenantId, id, tokenHash: hashToken(token), createdAt: now },
    ...{ expiresAt: expiresAt ?? null, recordId: recordId ?? null },
  });
  return id;
}
