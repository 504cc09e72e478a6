import type { DataSource } from 'typeorm';
import { dataSourceFor } from '@tenure/platform';
import { ENTITIES } from '@tenure/schema';
import type { TestDatabase } from '../../support/database.js';

/** Tables of the machinery, which no entity reads. */
const WITHOUT_ENTITY = new Set(['migrations', 'timers']);

/** What TypeORM calls a type → what PostgreSQL calls it. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  boolean: 'bool',
};

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
  readonly hasDefault: boolean;
}

/** Every difference between the entities and the tables, one line each. */
export async function differencesOf(database: TestDatabase): Promise<string[]> {
  const dataSource = await dataSourceFor(database.appUrl, 2, ENTITIES).initialize();
  const [said, found] = [columnsOfEntities(dataSource), await columnsOfTables(database)];
  await dataSource.destroy();
  const [ours, theirs] = [new Set(said.map(sentence)), new Set(found.map(sentence))];
  return [
    ...[...ours].filter((line) => !theirs.has(line)).map((line) => `only the entity has ${line}`),
    ...[...theirs].filter((line) => !ours.has(line)).map((line) => `only the table has ${line}`),
  ].sort();
}

const sentence = ({ table, name, type, nullable, primary, hasDefault }: Column): string =>
  `${table}.${name} ${type}${nullable ? '' : ' NOT NULL'}${hasDefault ? ' DEFAULT' : ''}${primary ? ' PRIMARY KEY' : ''}`;

const columnsOfEntities = ({ entityMetadatas }: DataSource): Column[] =>
  entityMetadatas.flatMap(({ tableName, columns }) =>
    columns.map((column) => ({
      table: tableName,
      name: column.databaseName,
      type: `${column.isArray ? '_' : ''}${TYPES[String(column.type)] ?? String(column.type)}`,
      nullable: column.isNullable,
      primary: column.isPrimary,
      hasDefault: column.default !== undefined && column.default !== null,
    })),
  );

async function columnsOfTables(database: TestDatabase): Promise<Column[]> {
  const columns = await database.query<Column>(
    `SELECT c.table_name AS table, c.column_name AS name, c.udt_name AS type, c.is_nullable = 'YES' AS nullable,
       c.column_default IS NOT NULL AS "hasDefault",
       EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
               WHERE i.indrelid = t.oid AND i.indisprimary AND a.attname = c.column_name) AS primary
     FROM information_schema.columns c JOIN pg_class t ON t.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
     WHERE c.table_schema = 'public' AND NOT t.relispartition`,
  );
  return columns.filter(({ table }) => !WITHOUT_ENTITY.has(table));
}
