import { Clock, Database, newId, Refusal, type Tx } from '@tenure/platform';
import { Identities, keyOf, SourceRecord, type Source, type StatementInput } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { parseFilter, FilterFault, type Filter } from './parse-filter.js';
import { patchUser } from './patch-user.js';
import { ScimError } from './scim-error.js';
import { personOf, readUser, type UserResource } from './user-resource.js';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const MAX_COUNT = 200;

export interface ListQuery {
  readonly filter?: string;
  readonly startIndex?: string;
  readonly count?: string;
}

/** `/scim/v2/Users` of one source: it sees what it wrote, and nothing else. */
export class ScimUsers {
  constructor(
    private readonly database: Database,
    private readonly identities: Identities,
    private readonly clock: Clock,
  ) {}

  /** RFC 7644 §3.3. A person that is known from elsewhere is adopted, not doubled. */
  async create(source: Source, baseUrl: string, body: unknown): Promise<object> {
    const user = readUser(body);
    const id = newId();
    return this.database.transaction(source.tenantId, async (tx) => {
      await this.state(tx, source, id, user);
      return this.read(tx, source, baseUrl, id);
    });
  }

  async get(source: Source, baseUrl: string, id: string): Promise<object> {
    return this.database.transaction(source.tenantId, (tx) => this.read(tx, source, baseUrl, id));
  }

  /** RFC 7644 §3.4.2, with `userName eq`, `externalId eq` and `id eq` so far. An unknown name is an empty list, never 404. */
  async list(source: Source, baseUrl: string, query: ListQuery): Promise<object> {
    const where = query.filter === undefined ? null : equalityOf(query.filter);
    const startIndex = Math.max(1, integer(query.startIndex, 1));
    const count = Math.min(MAX_COUNT, Math.max(0, integer(query.count, MAX_COUNT)));
    return this.database.transaction(source.tenantId, async (tx) => {
      const params: unknown[] = [tx.tenantId, source.id, ...(where === null ? [] : [where.value])];
      const condition = `tenant_id = $1 AND source_id = $2 AND deleted_at IS NULL${where === null ? '' : ` AND ${where.column} = $3`}`;
      const [total] = await tx.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM source_records WHERE ${condition}`,
        params,
      );
      const ids = await tx.query<{ id: string }>(
        `SELECT id FROM source_records WHERE ${condition} ORDER BY id LIMIT ${count} OFFSET ${startIndex - 1}`,
        params,
      );
      const resources = [];
      for (const { id } of ids) resources.push(await this.read(tx, source, baseUrl, id));
      return {
        schemas: [LIST_SCHEMA],
        totalResults: total?.n ?? 0,
        startIndex,
        itemsPerPage: resources.length,
        Resources: resources,
      };
    });
  }

  async patch(source: Source, baseUrl: string, id: string, body: unknown): Promise<object> {
    return this.database.transaction(source.tenantId, async (tx) => {
      // The row's lock makes two patches follow each other: neither works on what the other is changing.
      await tx.query('SELECT FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND key = $3 FOR UPDATE', [
        tx.tenantId,
        source.id,
        id,
      ]);
      const record = await this.find(tx, source, id);
      await this.state(tx, source, id, patchUser(record.raw as UserResource, body));
      return this.read(tx, source, baseUrl, id);
    });
  }

  private async state(tx: Tx, source: Source, id: string, user: UserResource): Promise<void> {
    const by: Actor = { actor: `source:${source.id}`, door: 'scim' };
    const input: StatementInput = {
      source,
      key: id,
      person: personOf(user),
      saidAt: this.clock.now(),
      raw: user,
      externalId: user.externalId ?? null,
      userNameKey: keyOf(user.userName),
    };
    try {
      await this.identities.state(tx, by, input);
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'conflict') throw new ScimError(409, error.message, 'uniqueness');
      throw error;
    }
  }

  private async find(tx: Tx, source: Source, id: string): Promise<SourceRecord> {
    const record = await tx.repository(SourceRecord).findOneBy({ tenantId: tx.tenantId, sourceId: source.id, key: id });
    if (record?.deletedAt !== null) throw new ScimError(404, `There is no User with the id ${id}.`);
    return record;
  }

  private async read(tx: Tx, source: Source, baseUrl: string, id: string): Promise<object> {
    const record = await this.find(tx, source, id);
    const user = record.raw as UserResource;
    return {
      ...user,
      id: record.id,
      active: user.active ?? true,
      meta: {
        resourceType: 'User',
        created: record.createdAt.toISOString(),
        lastModified: record.updatedAt.toISOString(),
        location: `${baseUrl}/Users/${record.id}`,
        version: `W/"${record.version}"`,
      },
    };
  }
}

const COLUMNS: Readonly<Record<string, string>> = { username: 'user_name_key', externalid: 'external_id', id: 'key' };

function equalityOf(source: string): { column: string; value: string } {
  const filter = readFilter(source);
  if (filter.kind === 'compare' && filter.op === 'eq' && typeof filter.value === 'string') {
    const path = filter.path.toLowerCase();
    const column = Object.hasOwn(COLUMNS, path) ? COLUMNS[path] : undefined;
    if (column !== undefined)
      return { column, value: column === 'user_name_key' ? (keyOf(filter.value) ?? '') : filter.value };
  }
  throw new ScimError(400, 'Only "userName eq", "externalId eq" and "id eq" are supported so far.', 'invalidFilter');
}

function readFilter(source: string): Filter {
  try {
    return parseFilter(source);
  } catch (error) {
    if (error instanceof FilterFault)
      throw new ScimError(400, `The filter cannot be read: ${error.message}.`, 'invalidFilter');
    throw error;
  }
}

const integer = (text: string | undefined, fallback: number): number =>
  text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : fallback;
