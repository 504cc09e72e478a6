import { Refusal, suggestName, type Tx } from '@tenure/platform';
import { PERSON_FIELDS, type Origin } from '@tenure/identity';
import { getIdentity } from './identity-view.js';

/** One value that an attribute had, and where it came from. */
export interface AttributeValue {
  readonly value: unknown;
  readonly since: Date;
  readonly actor: string;
  readonly door: string;
  readonly verb: string;
  /** The journal entry that made it so, and the one that this followed from. */
  readonly entryId: string;
  readonly cause: string | null;
  /** The source, the record and the rule that it was chosen by; null where the journal does not tell. */
  readonly origin: Origin | null;
}

const SHOWN = 200;
/** What an identity has besides what sources say of the person. */
const OWN = ['state', 'managerId'] as const;
/** What is chosen by others' words, and not kept as a value of its own. */
const NOT_KEPT: ReadonlySet<string> = new Set(['status']);

/** What an entry of the journal says of one attribute: another value, or another source of the same. */
export type AttributeEntry = Omit<AttributeValue, 'value' | 'origin'> &
  (
    | { readonly kind: 'value'; readonly value: unknown; readonly origin: Origin | null }
    | { readonly kind: 'moved'; readonly origin: Origin | null }
  );

/** The values newest first, from the entries newest first: whose source changed only is a value of its own again. */
export function attributeValues(entries: readonly AttributeEntry[]): AttributeValue[] {
  const values: AttributeValue[] = [];
  let current: unknown = null;
  for (const { kind, ...entry } of [...entries].reverse()) {
    if (kind === 'value') current = (entry as { value: unknown }).value ?? null;
    values.unshift({ ...entry, value: current });
  }
  return values;
}

/** The values that an attribute of a person had, newest first, as the journal tells. */
export async function attributeHistory(tx: Tx, id: string, name: string): Promise<readonly AttributeValue[]> {
  const path = pathOf(name);
  const [field = ''] = path;
  await getIdentity(tx, id);
  const within = (OWN as readonly string[]).includes(name) ? path : ['person', ...path];
  const entries = await tx.query<AttributeEntry>(
    `SELECT j.id AS "entryId", j.at AS since, j.actor, j.door, j.verb, j.cause,
       CASE WHEN p.body ? 'after' THEN 'value' ELSE 'moved' END AS kind, p.body #> $3::text[] AS value,
       coalesce(p.body -> 'origins' -> $5, p.body -> 'values' -> $5 -> 'after') AS origin
     FROM journal j JOIN journal_payloads p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
     WHERE j.tenant_id = $1 AND j.subject_id = $2
       AND (p.body #> $3::text[] IS DISTINCT FROM p.body #> $4::text[] OR p.body -> 'values' ? $5)
     ORDER BY j.revision DESC LIMIT ${SHOWN}`,
    [tx.tenantId, id, ['after', ...within], ['before', ...within], field],
  );
  return attributeValues(entries);
}

/** `custom.costCenter` is one key of an attribute; any other name is an attribute. */
function pathOf(name: string): string[] {
  const known = [...PERSON_FIELDS.filter((field) => !NOT_KEPT.has(field)), ...OWN];
  if (known.some((one) => one === name)) return [name];
  if (/^custom\.[^.]{1,60}$/.test(name)) return ['custom', name.slice('custom.'.length)];
  const suggestion = suggestName(name, known);
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  throw new Refusal('attribute_unknown', `"${name}" is no attribute of a person.${hint}`);
}
