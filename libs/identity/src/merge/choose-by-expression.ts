import { ExpressionError, sameJson, type CompiledExpression, type PlainValue } from '@tenure/platform';
import { hasValue, chooseValue, type Choice } from './choose-value.js';
import type { Statement } from '../model/statement.js';
import { readPerson, type Person, type PersonField } from '../model/person.js';
import { SOURCE_KINDS, type SourceKind } from '../model/source.entity.js';

/** A rule that could not be applied to one person's values, and why, without a value of the person. */
export interface MergeFault {
  readonly field: PersonField;
  readonly message: string;
}

/** The value that a tenant's expression makes of what the sources say. What it yields must be fit for the field. */
export function chooseByExpression(
  field: PersonField,
  expression: CompiledExpression,
  ordered: readonly Statement[],
  plain: ReadonlyMap<PersonField, Choice>,
): { choice: Choice | undefined; fault: MergeFault | null } {
  const refused = (message: string) => ({ choice: undefined, fault: { field, message } });
  let yielded: PlainValue;
  try {
    yielded = expression.evaluate({
      value: chooseValue(field, ordered, 'first_non_empty')?.value ?? null,
      identity: Object.fromEntries([...plain].map(([name, { value }]) => [name, value])),
      ...Object.fromEntries(SOURCE_KINDS.map((kind) => [kind, wordsOf(kind, ordered)])),
    });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return refused(error.message);
  }
  const { person, faults } = readPerson({ [field]: yielded });
  if (faults[0] !== undefined) return refused(`The result ${faults[0].message}.`);
  const value = person[field];
  const says = ({ person: said }: Statement): boolean => said[field] !== undefined && sameJson(said[field], value);
  const teller = ordered.find(says) ?? null;
  return { choice: { value, teller, rule: 'expression' }, fault: null };
}

/** What the sources of one kind say together, the most believed first. */
const wordsOf = (kind: SourceKind, ordered: readonly Statement[]): Person =>
  ordered
    .filter((statement) => statement.kind === kind)
    .reduceRight<Person>((words, { person }) => ({ ...words, ...onlyValues(person) }), {});

const onlyValues = (person: Person): Person =>
  Object.fromEntries(Object.entries(person).filter(([, value]) => hasValue(value)));
