import { compileExpression, type CompiledExpression } from '@tenure/platform';
import { bindIdentity, Identity, IDENTITY_SCHEMA } from '@tenure/identity';
import { figure, timed, type Bench } from './bench.js';

const SLICE = 5_000;

/** Fifty conditions of the shapes that tenants write, over different attributes. */
export const CONDITIONS: readonly string[] = Array.from({ length: 50 }, (_, index) => {
  const shapes = [
    `identity.department == "Department ${index}"`,
    `identity.department == "Department ${index}" && identity.country in ["DE", "FR"]`,
    `identity.employmentType == "contractor" && identity.title != "Title ${index}"`,
    `identity.country == "US" && identity.location == "Site ${index % 30}"`,
    `identity.custom.costCenter == "CC-${index}"`,
  ];
  return index === 0
    ? 'identity.employmentType in ["employee", "contractor"]'
    : (shapes[index % shapes.length] ?? 'false');
});

/** Every person against every condition: read in slices and evaluated as a simulation does. */
export async function measureEvaluation(bench: Bench, tenantId: string, micros: number): Promise<void> {
  const conditions = CONDITIONS.map((source) =>
    compileExpression(source, { variables: IDENTITY_SCHEMA, expects: 'boolean' }),
  );
  let [people, held, evaluating] = [0, 0, 0];
  const total = await timed(async () => {
    for (let cursor: string | null = null; ;) {
      const slice: Person[] = await readSlice(bench, tenantId, cursor);
      const began = performance.now();
      for (const person of slice) held += countHolding(person, conditions);
      evaluating += performance.now() - began;
      people += slice.length;
      cursor = slice.at(-1)?.id ?? null;
      if (slice.length < SLICE) return;
    }
  });
  const evaluations = people * conditions.length;
  figure(
    `${people.toLocaleString('en')} people × ${conditions.length} policies evaluated`,
    '≤ 10 s',
    `${(total / 1000).toFixed(1)} s on one core`,
    `of it ${(evaluating / 1000).toFixed(1)} s evaluating (${((evaluating * 1_000) / evaluations).toFixed(2)} µs each, ${(
      (evaluating * 1_000) /
      evaluations /
      micros
    ).toFixed(2)} × calibration), the rest reading; ${held.toLocaleString('en')} conditions hold`,
  );
}

type Person = Pick<Identity, 'id' | 'state' | 'attributes' | 'managerId' | 'isManager'>;

const readSlice = ({ database }: Bench, tenantId: string, after: string | null): Promise<Person[]> =>
  database.transaction(tenantId, (tx) =>
    tx.query<Person>(
      `SELECT id, state, attributes, manager_id AS "managerId", is_manager AS "isManager" FROM identities
       WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT ${SLICE}`,
      [tenantId, after],
    ),
  );

function countHolding(person: Person, conditions: readonly CompiledExpression[]): number {
  const bindings = bindIdentity(person);
  let holding = 0;
  for (const condition of conditions) if (condition.evaluate(bindings) === true) holding += 1;
  return holding;
}
