import type { MergeRule } from '../rules/identity-settings.js';
import type { Statement } from '../model/statement.js';
import type { Origin, PersonField } from '../model/person.js';

/** The value of one field, and whose word it is; nobody's when it was derived or computed. */
export interface Choice {
  readonly value: unknown;
  readonly teller: Statement | null;
  readonly rule: Origin['rule'];
}

/** Neither unsaid nor empty. */
export const hasValue = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

/** The statements with those of the named sources (ids or kinds) first, in that order; the others as they were. */
export function inOrder(believed: readonly Statement[], order: readonly string[]): readonly Statement[] {
  if (order.length === 0) return believed;
  const placeOf = ({ sourceId, kind }: Statement): number => {
    // A source that is named by its id is not also meant by its kind.
    const byId = order.indexOf(sourceId);
    const place = byId >= 0 ? byId : order.indexOf(kind);
    return place < 0 ? order.length : place;
  };
  return [...believed].sort((a, b) => placeOf(a) - placeOf(b));
}

/** One field's value out of statements that stand in the order in which they are believed; nothing where nobody says it. */
export function chooseValue(
  field: PersonField,
  ordered: readonly Statement[],
  strategy: MergeRule['strategy'],
): Choice | undefined {
  const rule = strategy === 'expression' ? 'first_non_empty' : strategy;
  const teller = TELLER_OF[rule](field, ordered);
  return teller && { value: teller.person[field], teller, rule };
}

type Teller = (field: PersonField, ordered: readonly Statement[]) => Statement | undefined;

const says = (field: PersonField, { person }: Statement): boolean => person[field] !== undefined;

const TELLER_OF: Readonly<Record<Exclude<MergeRule['strategy'], 'expression'>, Teller>> = {
  first_non_empty: (field, ordered) => ordered.find(({ person }) => hasValue(person[field])),
  // Who says that there is no value is believed too: absent is not empty.
  precedence: (field, ordered) => ordered.find((statement) => says(field, statement)),
  most_recent: (field, ordered) => {
    const timeOf = ({ fieldTimes }: Statement): string => fieldTimes[field] ?? '';
    return ordered
      .filter((statement) => says(field, statement))
      .reduce<Statement | undefined>((last, one) => (last && timeOf(last) >= timeOf(one) ? last : one), undefined);
  },
};
