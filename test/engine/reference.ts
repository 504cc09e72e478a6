import { byNumber, type AppAccount } from '../faults/model.js';
import { BEGINNING, EVERYONE, GROUP_OF, titleOf, type HrEvent } from '../faults/story.js';

export const DAY_MS = 24 * 3_600_000;

/** A group that one policy gives, to whom its condition says; people edit it. */
export const PROJECT = 'Project';
/** A group that a policy lets people ask for. */
export const VAULT = 'Vault';
/** Groups that an admin gives directly. */
export const LABS = ['Lab 1', 'Lab 2'] as const;

export const DEPARTMENTS = [...Object.keys(GROUP_OF), 'Finance'];
/** Whom the edited policy means: nobody, everybody, or one department. */
export const CONDITIONS: Readonly<Record<string, (department: string) => boolean>> = {
  'identity.department == "Nowhere"': () => false,
  'identity.employeeNumber != ""': () => true,
  ...Object.fromEntries(
    DEPARTMENTS.map((department) => [`identity.department == "${department}"`, (one: string) => one === department]),
  ),
};

interface Person {
  readonly employeeNumber: string;
  working: boolean;
  department: string;
  login: string;
  name: string;
  title: string;
  /** `YYYY-MM-DD`, both included. */
  startDate: string | null;
  endDate: string | null;
  /** Group → when it is over; null: never. */
  readonly given: Map<string, Date | null>;
}

/** What everybody must have, as simply as it can be said. It knows of no queue, no worker, no fault. */
export class Reference {
  readonly people: Person[] = [];
  /** Accounts in the app that are nobody's of ours. */
  readonly strangers: string[] = [];
  condition = Object.keys(CONDITIONS)[0] ?? '';
  private told = 0;

  /** Somebody by any number, so that a shortened sequence still speaks of someone. */
  anybody(index: number, among: (person: Person) => boolean = () => true): Person | undefined {
    const meant = this.people.filter(among);
    return meant[index % Math.max(1, meant.length)];
  }

  hire(department: string, startDate: string | null): HrEvent {
    const employeeNumber = String(this.people.length + 1);
    const person: Person = {
      employeeNumber,
      working: true,
      department,
      login: '',
      name: `Nr ${employeeNumber}`,
      title: '',
      startDate,
      endDate: null,
      given: new Map(),
    };
    this.people.push(person);
    const login = this.newLogin(person);
    return this.tell('employee.created', person, {
      firstName: 'Ada',
      lastName: person.name,
      ...login,
      department,
      startDate,
      timeZone: 'UTC',
      status: 'active',
    });
  }

  move(person: Person, department: string): HrEvent {
    person.department = department;
    return this.tell('employee.updated', person, { department });
  }

  rename(person: Person): HrEvent {
    return this.tell('employee.updated', person, this.newLogin(person));
  }

  leaveOn(person: Person, endDate: string): HrEvent {
    person.endDate = endDate;
    return this.tell('employee.updated', person, { endDate });
  }

  leave(person: Person): HrEvent {
    person.working = false;
    person.given.clear();
    return this.tell('employee.terminated', person, {});
  }

  comeBack(person: Person): HrEvent {
    person.working = true;
    person.startDate = null;
    person.endDate = null;
    return this.tell('employee.rehired', person, { startDate: null, endDate: null });
  }

  isEmployed({ working, startDate, endDate }: Person, now: Date): boolean {
    const today = dayOf(now);
    return working && (startDate ?? today) <= today && today <= (endDate ?? today);
  }

  /** Whoever's last day is over has lost what was given for good: a return does not bring it back. */
  passTime(now: Date): void {
    for (const { endDate, given } of this.people) if (endDate !== null && endDate < dayOf(now)) given.clear();
    for (const { given } of this.people)
      for (const [group, until] of given) if (until !== null && until <= now) given.delete(group);
  }

  /** What the app must show. */
  accounts(now: Date): AppAccount[] {
    return this.people.map((person) => this.accountOf(person, now)).sort(byNumber);
  }

  private accountOf(person: Person, now: Date): AppAccount {
    const { employeeNumber, login, name, title, department, given } = person;
    if (!this.isEmployed(person, now)) return { employeeNumber, working: false };
    const groups = [EVERYONE, ...given.keys()];
    if (GROUP_OF[department] !== undefined) groups.push(GROUP_OF[department]);
    if (CONDITIONS[this.condition]?.(department)) groups.push(PROJECT);
    return {
      employeeNumber,
      working: true,
      userName: login,
      email: login,
      displayName: `Ada ${name}`,
      title,
      department,
      groups: groups.sort(),
    };
  }

  private newLogin(person: Person): { userName: string; email: string } {
    person.login = `p${person.employeeNumber}.${this.told}@example.com`;
    return { userName: person.login, email: person.login };
  }

  // Each event's title is its number: the app's log shows whether something older came after something newer.
  private tell(type: string, person: Person, said: Readonly<Record<string, string | null>>): HrEvent {
    this.told += 1;
    person.title = titleOf(this.told);
    const { employeeNumber, title } = person;
    return {
      id: `evt_${this.told}`,
      type,
      occurredAt: new Date(BEGINNING + this.told * 1_000).toISOString(),
      employee: { ...said, employeeNumber, title },
    };
  }
}

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
export const inDays = (now: Date, days: number): string => dayOf(new Date(now.getTime() + days * DAY_MS));
