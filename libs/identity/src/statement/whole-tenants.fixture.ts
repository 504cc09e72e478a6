import fc from 'fast-check';
import type { Person } from '../model/person.js';

/** Sources of one tenant of a property test: two of one kind among them. */
export const SOURCES = ['hrms', 'csv', 'scim', 'scim2'] as const;
export type SourceName = (typeof SOURCES)[number];

/** One thing that a source says of one person, with the time at which it became true there. */
export interface Saying {
  readonly source: SourceName;
  /** Which person: the n-th of the tenant. */
  readonly of: number;
  readonly person: Person;
  readonly saidAt: Date;
}

const numberOf = (of: number): string => `E${of}`;
const emailOf = (of: number): string => `Person${of}@Example.com`;

/** What sources say besides the keys: mostly not the same, but for the name: another one is asked about once somebody has left. */
const values = fc.record<Person>(
  {
    givenName: fc.constantFrom('Ada', null),
    familyName: fc.constantFrom('Byron'),
    title: fc.constantFrom('A', 'B', null),
    department: fc.constantFrom('Sales', 'IT', null),
    groups: fc.constantFrom([], ['staff'], ['staff', 'admins']),
    custom: fc.constantFrom({ badge: 1 }, { badge: 2, floor: 'x' }, {}),
    timeZone: fc.constantFrom('Pacific/Kiritimati', 'Europe/Berlin'),
    status: fc.constantFrom('active', 'on_leave', 'suspended', 'terminated'),
    startDate: fc.constantFrom('2026-01-01', '2026-07-01'),
    endDate: fc.constantFrom('2026-02-28', '2026-12-31', null),
  },
  { requiredKeys: [] },
);

const moments = fc.integer({ min: 0, max: 5 }).map((day) => new Date(Date.UTC(2026, 1, 20 + day)));

/**
 * A tenant's sayings about four people. All records of one person have one key in common, its number or its address:
 * where a third record must bridge two others, whoever comes first begins a person, and the rest is a question.
 */
export function tenants(managers: fc.Arbitrary<number | null>): fc.Arbitrary<readonly Saying[]> {
  const people = fc.tuple(...[0, 1, 2, 3].map((of) => personSayings(of, managers)));
  return people.map((sayings) => sayings.flat());
}

/** Of one record, what was said last counts, so no two of its sayings are of one moment. */
const sayings = fc.uniqueArray(fc.record({ values, saidAt: moments, knowsBoth: fc.boolean() }), {
  minLength: 1,
  maxLength: 2,
  selector: ({ saidAt }) => saidAt.getTime(),
});

function personSayings(of: number, managers: fc.Arbitrary<number | null>): fc.Arbitrary<readonly Saying[]> {
  const sources = fc.subarray([...SOURCES], { minLength: 1 });
  const told = fc.tuple(fc.boolean(), sources).chain(([byNumber, names]) =>
    fc.tuple(
      ...names.map((source) =>
        fc.tuple(sayings, managers).map(([said, manager]) =>
          said.map(({ values: given, saidAt, knowsBoth }): Saying => {
            const person = {
              ...given,
              ...((byNumber || knowsBoth) && { employeeNumber: numberOf(of) }),
              ...((!byNumber || knowsBoth) && { email: emailOf(of) }),
              ...(manager !== null && { managerEmployeeNumber: numberOf(manager) }),
            };
            return { source, of, person, saidAt };
          }),
        ),
      ),
    ),
  );
  return told.map((said) => said.flat());
}
