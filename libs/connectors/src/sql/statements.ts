import type { AccountChange, Attributes, AttributeValue, MemberChange, NewAccount } from '../spi.js';
import type { LeaveTables, RolesTable, UsersTable } from './config.js';

/** A statement with its values apart, and the line that the evidence shows of it: names, never values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly evidence: string;
}

/** The statements over the accounts' table. Identifiers come from the checked configuration and are quoted all the same. */
export class UserStatements {
  private readonly table: string;
  private readonly columns: string;

  constructor(
    private readonly users: UsersTable,
    attributes: readonly string[],
  ) {
    this.table = quoted(users.table);
    const own = [users.id, users.enabled.column, ...(users.externalId === undefined ? [] : [users.externalId])];
    const mapped = attributes.map((name) => this.columnOf(name));
    this.columns = [...new Set([...own, ...mapped])].map(quoted).join(', ');
  }

  byId(id: string): Statement {
    return this.where(this.users.id, id);
  }

  byExternalId(externalId: string): Statement | undefined {
    return this.users.externalId === undefined ? undefined : this.where(this.users.externalId, externalId);
  }

  byAttribute(name: string, value: AttributeValue): Statement {
    return this.where(this.columnOf(name), value);
  }

  /** In any case and Unicode form: an application may keep, and keep unique, another one than was written. */
  byText(name: string, value: string): Statement {
    const column = this.columnOf(name);
    const forms = [value, value.normalize('NFC'), value.normalize('NFD')].map((form) => form.toLowerCase());
    return {
      text: `SELECT ${this.columns} FROM ${this.table} WHERE lower(${quoted(column)}::text) = ANY($1) LIMIT 10`,
      values: [[...new Set(forms)]],
      evidence: `SELECT ${this.users.table} by ${column}, in any case`,
    };
  }

  /** By id upwards, after `cursor`; one more than the page, to know whether there is another. */
  page(size: number, cursor?: string): Statement {
    const id = quoted(this.users.id);
    const after = cursor === undefined ? '' : ` WHERE ${id} > $1`;
    return {
      text: `SELECT ${this.columns} FROM ${this.table}${after} ORDER BY ${id} LIMIT ${size + 1}`,
      values: cursor === undefined ? [] : [cursor],
      evidence: `SELECT ${this.users.table} page`,
    };
  }

  insert(account: NewAccount): Statement {
    const cells = this.cells(account);
    const columns = cells.map(([column]) => quoted(column)).join(', ');
    const places = cells.map((_, index) => `$${index + 1}`).join(', ');
    return {
      text: `INSERT INTO ${this.table} (${columns}) VALUES (${places}) RETURNING ${this.columns}`,
      values: cells.map(([, value]) => value),
      evidence: `INSERT ${this.users.table}`,
    };
  }

  /** `undefined` when the change asks for nothing. */
  update(id: string, change: AccountChange): Statement | undefined {
    const cells = this.cells(change);
    if (cells.length === 0) return undefined;
    const settings = cells.map(([column], index) => `${quoted(column)} = $${index + 2}`).join(', ');
    const where = `${quoted(this.users.id)} = $1`;
    return {
      text: `UPDATE ${this.table} SET ${settings} WHERE ${where} RETURNING ${this.columns}`,
      values: [id, ...cells.map(([, value]) => value)],
      evidence: `UPDATE ${this.users.table} (${cells.map(([column]) => column).join(', ')})`,
    };
  }

  /** The account and, in the same statement, the roles that it has: no state in between can be seen or left. */
  delete(id: string, roles?: RolesTable): Statement {
    const text = `DELETE FROM ${this.table} WHERE ${quoted(this.users.id)} = $1`;
    const evidence = `DELETE ${this.users.table}`;
    if (roles === undefined) return { text, values: [id], evidence };
    const { table, account } = roles.members;
    const left = `WITH left_roles AS (DELETE FROM ${quoted(table)} WHERE ${quoted(account)} = $1)`;
    return { text: `${left} ${text}`, values: [id], evidence: `${evidence}, ${table}` };
  }

  columnOf(attribute: string): string {
    const column = this.users.attributes[attribute];
    if (column === undefined) throw new RangeError(attribute);
    return column;
  }

  private where(column: string, value: unknown): Statement {
    return {
      text: `SELECT ${this.columns} FROM ${this.table} WHERE ${quoted(column)} = $1 LIMIT 10`,
      values: [value],
      evidence: `SELECT ${this.users.table} by ${column}`,
    };
  }

  private cells(change: AccountChange): readonly (readonly [column: string, value: unknown])[] {
    const { externalId, enabled } = this.users;
    const cells: [string, unknown][] = [];
    if (change.externalId !== undefined && externalId !== undefined) cells.push([externalId, change.externalId]);
    if (change.enabled !== undefined) cells.push([enabled.column, change.enabled ? enabled.on : enabled.off]);
    return [...cells, ...this.attributeCells(change.attributes ?? {})];
  }

  private attributeCells(attributes: Attributes): [string, unknown][] {
    return Object.entries(attributes).map(([name, value]) => [this.columnOf(name), value]);
  }
}

/** The statements over roles and the table that joins them with accounts. */
export class RoleStatements {
  constructor(private readonly roles: RolesTable) {}

  byName(name: string): Statement {
    const { table, id, name: column } = this.roles;
    return {
      text: `SELECT ${quoted(id)} AS id FROM ${quoted(table)} WHERE ${quoted(column)} = $1 LIMIT 2`,
      values: [name],
      evidence: `SELECT ${table} by ${column}`,
    };
  }

  /** By id upwards, after `cursor`; one more than the page. */
  page(size: number, cursor?: string): Statement {
    const { table, id, name: column } = this.roles;
    const after = cursor === undefined ? '' : ` WHERE ${quoted(id)} > $1`;
    return {
      text: `SELECT ${quoted(id)} AS id, ${quoted(column)} AS name FROM ${quoted(table)}${after} ORDER BY ${quoted(id)} LIMIT ${size + 1}`,
      values: cursor === undefined ? [] : [cursor],
      evidence: `SELECT ${table} page`,
    };
  }

  insert(name: string): Statement {
    const { table, id, name: column } = this.roles;
    return {
      text: `INSERT INTO ${quoted(table)} (${quoted(column)}) VALUES ($1) RETURNING ${quoted(id)} AS id`,
      values: [name],
      evidence: `INSERT ${table}`,
    };
  }

  members(roleId: string, size: number, cursor?: string): Statement {
    const { table, account, role } = this.roles.members;
    const after = cursor === undefined ? '' : ` AND ${quoted(account)} > $2`;
    const where = `${quoted(role)} = $1${after}`;
    return {
      text: `SELECT ${quoted(account)} AS id FROM ${quoted(table)} WHERE ${where} ORDER BY 1 LIMIT ${size + 1}`,
      values: cursor === undefined ? [roleId] : [roleId, cursor],
      evidence: `SELECT ${table} by ${role}`,
    };
  }

  /** The roles of one account. */
  ofAccount(accountId: string): Statement {
    const { table, id, name, members } = this.roles;
    return {
      text: `SELECT r.${quoted(id)} AS id, r.${quoted(name)} AS name FROM ${quoted(members.table)} m
        JOIN ${quoted(table)} r ON r.${quoted(id)} = m.${quoted(members.role)} WHERE m.${quoted(members.account)} = $1`,
      values: [accountId],
      evidence: `SELECT ${members.table} by ${members.account}`,
    };
  }

  rename(roleId: string, to: string): Statement {
    const { table, id, name } = this.roles;
    return {
      text: `UPDATE ${quoted(table)} SET ${quoted(name)} = $2 WHERE ${quoted(id)} = $1`,
      values: [roleId, to],
      evidence: `UPDATE ${table} (${name})`,
    };
  }

  /** The role and its members, in one statement. */
  delete(roleId: string): Statement {
    const { table, id, members } = this.roles;
    const left = `WITH left_members AS (DELETE FROM ${quoted(members.table)} WHERE ${quoted(members.role)} = $1)`;
    return {
      text: `${left} DELETE FROM ${quoted(table)} WHERE ${quoted(id)} = $1`,
      values: [roleId],
      evidence: `DELETE ${table}, ${members.table}`,
    };
  }

  /** All additions and removals as one statement: it happens as a whole or not at all. */
  change(roleId: string, { add, remove }: MemberChange): Statement {
    const { table, account, role } = this.roles.members;
    const target = quoted(table);
    const removal = `DELETE FROM ${target} WHERE ${quoted(role)} = $1 AND ${quoted(account)} = ANY($2)`;
    const evidence = `INSERT, DELETE ${table} (+${add.length} −${remove.length})`;
    if (add.length === 0) return { text: removal, values: [roleId, remove], evidence };
    const rows = add.map((_, index) => `($1, $${index + 3})`).join(', ');
    const insertion = `INSERT INTO ${target} (${quoted(role)}, ${quoted(account)}) VALUES ${rows} ON CONFLICT DO NOTHING`;
    return { text: `WITH removed AS (${removal}) ${insertion}`, values: [roleId, remove, ...add], evidence };
  }
}

/** A statement over rows of an account, and one that asks whether any of them is left as it was. */
export interface CheckedStatement {
  readonly change: Statement;
  readonly left: Statement;
}

const leftIn = (table: string, column: string, accountId: string): Statement => ({
  text: `SELECT FROM ${quoted(table)} WHERE ${quoted(column)} = $1 LIMIT 1`,
  values: [accountId],
  evidence: `SELECT ${table} by ${column}`,
});

/** The statements over what an account leaves behind. */
export class LeaveStatements {
  constructor(
    private readonly users: UsersTable,
    private readonly leave: LeaveTables,
  ) {}

  /** One for each table of sessions. */
  endSessions(accountId: string): readonly CheckedStatement[] {
    return this.leave.sessions.map(({ table, account }) => ({
      change: {
        text: `DELETE FROM ${quoted(table)} WHERE ${quoted(account)} = $1`,
        values: [accountId],
        evidence: `DELETE ${table} by ${account}`,
      },
      left: leftIn(table, account, accountId),
    }));
  }

  /** One for each table of what is owned. */
  transfer(accountId: string, toId: string): readonly CheckedStatement[] {
    return this.leave.owned.map(({ table, owner }) => ({
      change: {
        text: `UPDATE ${quoted(table)} SET ${quoted(owner)} = $2 WHERE ${quoted(owner)} = $1`,
        values: [accountId, toId],
        evidence: `UPDATE ${table} (${owner})`,
      },
      left: leftIn(table, owner, accountId),
    }));
  }

  /** Says of the row whether it has the value now: a trigger may have put back what was there. */
  reclaimLicence(accountId: string, { column, none }: NonNullable<LeaveTables['licence']>): Statement {
    const { table, id } = this.users;
    return {
      text: `UPDATE ${quoted(table)} SET ${quoted(column)} = $2 WHERE ${quoted(id)} = $1
        RETURNING ${quoted(column)} IS NOT DISTINCT FROM $2 AS done`,
      values: [accountId, none],
      evidence: `UPDATE ${table} (${column})`,
    };
  }
}

/** An identifier, each part between double quotes. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}
