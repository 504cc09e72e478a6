import type { Tx } from './database.js';

/**
 * What one table keeps of people, and how it forgets one: SQL with the parameters `:tenant`, `:identity`, `:records` (ids of the
 * person's source records), `:keys` (what sources call the person) and `:texts` (addresses, names and numbers, as they stand in
 * raw JSON). Null: it keeps nothing of anybody, and `because` says why.
 */
export interface Erasure {
  readonly table: string;
  readonly erase: string | readonly string[] | null;
  readonly because?: string;
}

/** Whom to forget. */
export interface ErasedPerson {
  readonly identity: string;
  readonly records: readonly string[];
  readonly keys: readonly string[];
  readonly texts: readonly string[];
}

const declared = new Map<string, Erasure>();

/** Each lib names its tables when it is loaded, as it does with entities: a purge reaches tables of libs that it may not import. */
export function declareErasures(erasures: readonly Erasure[]): void {
  for (const erasure of erasures) declared.set(erasure.table, erasure);
}

/** The tables of every lib that is loaded. */
export const declaredErasures = (): readonly Erasure[] => [...declared.values()];

/** A condition: the text of a value has one of the person's texts in it, in whatever case. */
export const mentions = (value: string): string =>
  `EXISTS (SELECT FROM unnest(:texts::text[]) AS told (text) WHERE strpos(lower(${value}::text), told.text) > 0)`;

/** Forgets a person in every table that is declared, in the order in which the libs were loaded, the last first. */
export async function erasePerson(tx: Tx, person: ErasedPerson): Promise<void> {
  for (const { erase } of declaredErasures().toReversed()) {
    for (const sql of typeof erase === 'string' ? [erase] : (erase ?? [])) await run(tx, sql, person);
  }
}

/** A parameter has one type wherever it stands. */
const TYPES = { tenant: 'uuid', identity: 'uuid', records: 'uuid[]', keys: 'text[]', texts: 'text[]' } as const;

async function run(tx: Tx, sql: string, person: ErasedPerson): Promise<void> {
  const values = { tenant: tx.tenantId, ...person };
  const params: unknown[] = [];
  const places = new Map<string, number>();
  const text = sql.replaceAll(/(?<!:):(tenant|identity|records|keys|texts)\b/g, (_, name: keyof typeof values) => {
    if (!places.has(name)) places.set(name, params.push(values[name]));
    return `$${places.get(name) ?? 0}::${TYPES[name]}`;
  });
  await tx.query(text, params);
}
