import { ConnectorError } from '../errors.js';
import { readColumnSwitch } from '../read-switch.js';
import type {
  AccountChange,
  AccountKeys,
  AttributeValue,
  Call,
  Capabilities,
  Connector,
  EntitlementRef,
  MemberChange,
  NewAccount,
  ObservedAccount,
  ObservedEntitlement,
  Page,
  TestResult,
} from '../spi.js';
import type { SqlConfig, UsersTable } from './config.js';
import type { Row, SqlDatabase } from './database.js';
import { LeaveStatements, RoleStatements, UserStatements } from './statements.js';
import type { CheckedStatement, Statement } from './statements.js';

const PAGE_SIZE = 500;
const MEMBER_BATCH = 500;
const MOST_TAKEN = 10_000;

/** An application that keeps its users, and its roles if it has any, in its own PostgreSQL database. */
export class SqlConnector implements Connector {
  readonly capabilities: Capabilities;
  readonly entitlementsOf?: Connector['entitlementsOf'];
  readonly endSessions?: Connector['endSessions'];
  readonly transferOwnership?: Connector['transferOwnership'];
  readonly reclaimLicence?: Connector['reclaimLicence'];
  private readonly users: UserStatements;
  private readonly roles?: RoleStatements;
  /** Keys that an insertion was refused for, until they are looked for. */
  private readonly taken = new Set<string>();

  constructor(
    private readonly config: SqlConfig,
    private readonly attributes: readonly string[],
    private readonly database: SqlDatabase,
  ) {
    this.users = new UserStatements(config.users, attributes);
    this.roles = config.roles && new RoleStatements(config.roles);
    this.capabilities = {
      disable: true,
      delete: 'hard',
      refusesDuplicatesOn: config.users.keys,
      correlateBy: config.users.keys,
      // What identifies is often kept in one case only, by a rule of the table or by a trigger.
      caseless: config.users.keys,
      entitlementKinds: config.roles ? ['role'] : [],
      memberBatch: MEMBER_BATCH,
      settleMs: config.statementTimeoutMs,
    };
    const leave = new LeaveStatements(config.users, config.leave);
    const { sessions, owned, licence } = config.leave;
    const { roles } = this;
    // Only what is configured can be done.
    if (roles) this.entitlementsOf = (call, id) => this.rolesOf(call, roles, id);
    if (sessions.length > 0) this.endSessions = (call, id) => this.runAll(call, leave.endSessions(id));
    if (owned.length > 0) this.transferOwnership = (call, id, toId) => this.runAll(call, leave.transfer(id, toId));
    if (licence) this.reclaimLicence = (call, id) => this.freeLicence(call, id, leave.reclaimLicence(id, licence));
  }

  async test(call: Call): Promise<TestResult> {
    const version = await this.database.run(call, 'read', {
      text: 'SHOW server_version',
      values: [],
      evidence: 'SHOW',
    });
    await this.database.run(call, 'read', this.users.page(0));
    const { host, port, database, users } = this.config;
    const product = `PostgreSQL ${String(version.rows[0]?.server_version).split(' ')[0]}`;
    return { summary: `${product} at ${host}:${port}/${database}: ${users.table} can be read` };
  }

  async get(call: Call, id: string): Promise<ObservedAccount | null> {
    const [row] = await this.rowsOf(call, this.users.byId(id));
    return row ? this.observed(row) : null;
  }

  async find(call: Call, keys: AccountKeys): Promise<readonly ObservedAccount[]> {
    const byExternalId = keys.externalId === undefined ? undefined : this.users.byExternalId(keys.externalId);
    const byKeys = (keys.by ?? this.config.users.keys).flatMap((key) => {
      const value = keys.attributes[key] ?? null;
      if (value === null) return [];
      const exact = this.users.byAttribute(key, value);
      return typeof value === 'string' && this.mayBeSpelledOtherwise(value)
        ? [exact, this.users.byText(key, value)]
        : [exact];
    });
    for (const statement of byExternalId ? [byExternalId, ...byKeys] : byKeys) {
      const rows = await this.rowsOf(call, statement);
      if (rows.length > 0) return rows.map((row) => this.observed(row));
    }
    return [];
  }

  async list(call: Call, cursor?: string): Promise<Page<ObservedAccount>> {
    const { rows } = await this.database.run(call, 'read', this.users.page(PAGE_SIZE, cursor), 'list');
    return page(
      rows.map((row) => this.observed(row)),
      ({ id }) => id,
    );
  }

  async create(call: Call, account: NewAccount): Promise<ObservedAccount> {
    const statement = this.statement(() => this.users.insert(account));
    try {
      const { rows } = await this.database.run(call, 'create', statement);
      return this.observed(onlyRow(rows, statement));
    } catch (error) {
      if (error instanceof ConnectorError && error.errorClass === 'conflict') this.refuse(account);
      throw error;
    }
  }

  async update(call: Call, id: string, change: AccountChange): Promise<ObservedAccount> {
    const statement = this.statement(() => this.users.update(id, change) ?? this.users.byId(id));
    const [row] = (await this.database.run(call, 'update', statement)).rows;
    if (row) return this.observed(row);
    await this.refuseKept(call, id, statement);
    throw new ConnectorError('not_found', `${statement.evidence} met no row`);
  }

  async delete(call: Call, id: string): Promise<void> {
    const statement = this.users.delete(id, this.config.roles);
    const { rowCount } = await this.database.run(call, 'delete', statement);
    if (rowCount === 0) await this.refuseKept(call, id, statement);
  }

  async findEntitlement(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement | null> {
    const { rows } = await this.database.run(call, 'read', this.rolesFor(ref).byName(ref.name));
    if (rows.length > 1) throw new ConnectorError('conflict', `More than one role has the name "${ref.name}"`);
    return rows[0] ? { ...ref, id: text(rows[0].id) } : null;
  }

  async createEntitlement(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement> {
    const statement = this.rolesFor(ref).insert(ref.name);
    const { rows } = await this.database.run(call, 'create', statement);
    return { ...ref, id: text(onlyRow(rows, statement).id) };
  }

  async listEntitlements(call: Call, cursor?: string): Promise<Page<ObservedEntitlement>> {
    if (this.roles === undefined) return { items: [] };
    const { rows } = await this.database.run(call, 'read', this.roles.page(PAGE_SIZE, cursor));
    return page(
      rows.map((row) => ({ kind: 'role', id: text(row.id), name: text(row.name) })),
      ({ id }) => id,
    );
  }

  async listMembers(call: Call, entitlement: ObservedEntitlement, cursor?: string): Promise<Page<string>> {
    const statement = this.rolesFor(entitlement).members(entitlement.id, PAGE_SIZE, cursor);
    const { rows } = await this.database.run(call, 'read', statement, 'list');
    return page(
      rows.map((row) => text(row.id)),
      (id) => id,
    );
  }

  async changeMembers(call: Call, entitlement: ObservedEntitlement, change: MemberChange): Promise<void> {
    const count = change.add.length + change.remove.length;
    if (count > MEMBER_BATCH) throw new ConnectorError('invalid', `${count} member changes, at most ${MEMBER_BATCH}`);
    if (count === 0) return;
    await this.database.run(call, 'members', this.rolesFor(entitlement).change(entitlement.id, change));
  }

  async renameEntitlement(call: Call, entitlement: ObservedEntitlement, name: string): Promise<void> {
    const statement = this.rolesFor(entitlement).rename(entitlement.id, name);
    const { rowCount } = await this.database.run(call, 'update', statement);
    if (rowCount === 0) throw new ConnectorError('not_found', `${statement.evidence} met no row`);
  }

  async deleteEntitlement(call: Call, entitlement: ObservedEntitlement): Promise<void> {
    await this.database.run(call, 'delete', this.rolesFor(entitlement).delete(entitlement.id));
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private async rolesOf(call: Call, roles: RoleStatements, id: string): Promise<readonly ObservedEntitlement[]> {
    const rows = await this.rowsOf(call, roles.ofAccount(id));
    return rows.map((row) => ({ kind: 'role', id: text(row.id), name: text(row.name) }));
  }

  /** A look through all spellings reads the whole table: only for what has several, or was said to be taken. */
  private mayBeSpelledOtherwise(value: string): boolean {
    return value !== value.toLowerCase() || value !== value.normalize('NFD') || this.taken.delete(value);
  }

  private refuse({ attributes }: NewAccount): void {
    if (this.taken.size > MOST_TAKEN) this.taken.clear();
    for (const key of this.config.users.keys) this.taken.add(String(attributes[key]));
  }

  private async freeLicence(call: Call, id: string, statement: Statement): Promise<void> {
    const { rows } = await this.database.run(call, 'update', statement);
    if (rows.length === 0) return this.refuseKept(call, id, statement);
    if (rows[0]?.done !== true) throw keptAsItWas(statement, 'the licence reads as before');
  }

  /** A statement that met no row says nothing of the row: a trigger or a policy may have kept it from it. */
  private async refuseKept(call: Call, id: string, { evidence }: Statement): Promise<void> {
    if ((await this.rowsOf(call, this.users.byId(id))).length === 0) return;
    throw keptAsItWas({ evidence }, 'met no row, and the account is there');
  }

  /** What no statement of ours reaches stays, and is told: rows that are left where some were changed may be new, so they are tried again. */
  private async runAll(call: Call, statements: readonly CheckedStatement[]): Promise<void> {
    for (const { change, left } of statements) {
      const { rowCount } = await this.database.run(call, 'update', change);
      if ((await this.database.run(call, 'read', left)).rowCount === 0) continue;
      if (rowCount === 0) throw keptAsItWas(change, 'met no row, and there are rows');
      throw new ConnectorError('retryable', `${change.evidence} left rows behind; they are looked at again.`);
    }
  }

  // An id or a key that the column's type cannot even hold belongs to nobody.
  private async rowsOf(call: Call, statement: Statement): Promise<readonly Row[]> {
    try {
      return (await this.database.run(call, 'read', statement)).rows;
    } catch (error) {
      if (error instanceof ConnectorError && error.detail.vendorCode?.startsWith('22')) return [];
      throw error;
    }
  }

  private statement(build: () => Statement): Statement {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ConnectorError('invalid', `"${error.message}" has no column in the application’s configuration`);
    }
  }

  private rolesFor(ref: EntitlementRef): RoleStatements {
    if (this.roles && ref.kind === 'role') return this.roles;
    throw new ConnectorError(
      'unsupported',
      `This application grants ${this.roles ? 'roles' : 'nothing'}, not "${ref.kind}"`,
    );
  }

  private observed(row: Row): ObservedAccount {
    return observedRow(this.config.users, this.attributes, row);
  }
}

/** A statement that was answered, and changed nothing. */
const keptAsItWas = ({ evidence }: Pick<Statement, 'evidence'>, what: string): ConnectorError =>
  new ConnectorError('forbidden', `${evidence}: ${what}. A trigger or a policy of the table keeps it as it is.`);

/** A row of the users' table in our terms. */
export function observedRow(users: UsersTable, attributes: readonly string[], row: Row): ObservedAccount {
  const externalId = users.externalId === undefined ? null : (row[users.externalId] ?? null);
  return {
    id: text(row[users.id]),
    externalId: externalId === null ? undefined : text(externalId),
    enabled: readColumnSwitch(toValue(row[users.enabled.column]), users.enabled),
    attributes: Object.fromEntries(attributes.map((name) => [name, toValue(row[users.attributes[name] ?? ''])])),
  };
}

/** An insertion that answers without a row may have been swallowed or hidden: it is looked for before anything is sent again. */
function onlyRow([row]: readonly Row[], { evidence }: Statement): Row {
  if (row !== undefined) return row;
  throw new ConnectorError('outcome_unknown', `${evidence} answered without the row`);
}

function toValue(value: unknown): AttributeValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(text) : JSON.stringify(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

/** A page out of one row more than it holds; the cursor is the last row that it does hold. */
function page<T>(rows: readonly T[], cursorOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, PAGE_SIZE);
  const last = items.at(-1);
  return { items, next: rows.length > PAGE_SIZE && last !== undefined ? cursorOf(last) : undefined };
}
