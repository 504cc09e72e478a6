import { EVERYONE, GROUP_OF, type HrEvent } from './story.js';

/** One person's account, as the app has to show it in the end. */
export type AppAccount =
  | { readonly employeeNumber: string; readonly working: false }
  | {
      readonly employeeNumber: string;
      readonly working: true;
      readonly userName: string;
      readonly email: string;
      readonly displayName: string;
      readonly title: string;
      readonly department: string;
      readonly groups: readonly string[];
    };

interface Said {
  readonly value: string | null;
  readonly at: string;
}

const IMPLIED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'employee.terminated': { status: 'terminated' },
  'employee.rehired': { status: 'active' },
};

/** The reference: per person and field, what was said last holds, in whatever order it arrived. */
export function desiredAccounts(events: readonly HrEvent[]): AppAccount[] {
  const people = new Map<string, Map<string, Said>>();
  for (const { type, occurredAt: at, employee } of events) {
    const person = people.get(employee.employeeNumber) ?? new Map<string, Said>();
    people.set(employee.employeeNumber, person);
    for (const [field, value] of Object.entries({ ...employee, ...IMPLIED[type] })) {
      if ((person.get(field)?.at ?? '') <= at) person.set(field, { value, at });
    }
  }
  return [...people].map(([employeeNumber, person]) => accountOf(employeeNumber, person)).sort(byNumber);
}

function accountOf(employeeNumber: string, person: ReadonlyMap<string, Said>): AppAccount {
  const field = (name: string): string => person.get(name)?.value ?? '';
  if (field('status') === 'terminated') return { employeeNumber, working: false };
  const department = field('department');
  const group = GROUP_OF[department];
  return {
    employeeNumber,
    working: true,
    userName: field('userName'),
    email: field('email'),
    displayName: `${field('firstName')} ${field('lastName')}`,
    title: field('title'),
    department,
    groups: [EVERYONE, ...(group === undefined ? [] : [group])].sort(),
  };
}

export const byNumber = (a: { employeeNumber: string }, b: { employeeNumber: string }): number =>
  Number(a.employeeNumber) - Number(b.employeeNumber);
