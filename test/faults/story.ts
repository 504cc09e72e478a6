import type { Dice } from './dice.js';

/** One event as an HR system sends it. */
export interface HrEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly employee: Readonly<Record<string, string | null>> & { readonly employeeNumber: string };
}

/** Departments that a policy gives a group for, and one without. */
export const GROUP_OF: Readonly<Record<string, string>> = { Sales: 'Sales', IT: 'Admins' };
export const EVERYONE = 'Everyone';
const DEPARTMENTS = [...Object.keys(GROUP_OF), 'Finance'];

/** Before any "now" of a run: an event of the future is refused. */
export const BEGINNING = Date.now() - 24 * 3_600_000;

/** What HR tells, one after the other. Each event's title is its number, so that the app's log shows what was older. */
export class Story {
  readonly events: HrEvent[] = [];
  private readonly working = new Map<string, boolean>();

  constructor(private readonly dice: Dice) {}

  get people(): number {
    return this.working.size;
  }

  join(): HrEvent {
    const employeeNumber = String(this.people + 1);
    this.working.set(employeeNumber, true);
    const department = this.dice.pick(DEPARTMENTS);
    const names = { firstName: 'Ada', lastName: `Nr ${employeeNumber}`, ...this.login(employeeNumber) };
    return this.tell('employee.created', { employeeNumber, ...names, department, status: 'active' });
  }

  joiners(count: number): HrEvent[] {
    return Array.from({ length: count }, () => this.join());
  }

  /** Something happens to somebody: a move, a new login, a new name, a departure or a return. */
  change(employeeNumber = this.anybody()): HrEvent {
    if (!this.working.get(employeeNumber)) return this.rehire(employeeNumber);
    const roll = this.dice.next();
    if (roll < 0.2) return this.leave(employeeNumber);
    if (roll < 0.55) return this.tell('employee.updated', { employeeNumber, department: this.dice.pick(DEPARTMENTS) });
    if (roll < 0.75) return this.tell('employee.updated', { employeeNumber, ...this.login(employeeNumber) });
    return this.tell('employee.updated', { employeeNumber, firstName: this.dice.pick(['Ada', 'Grace', 'Edsger']) });
  }

  changes(count: number): HrEvent[] {
    return Array.from({ length: count }, () => this.change());
  }

  /** A change that neither begins nor ends anything. */
  retitle(employeeNumber: string): HrEvent {
    return this.tell('employee.updated', { employeeNumber });
  }

  leave(employeeNumber: string): HrEvent {
    this.working.set(employeeNumber, false);
    return this.tell('employee.terminated', { employeeNumber });
  }

  rehire(employeeNumber: string): HrEvent {
    this.working.set(employeeNumber, true);
    return this.tell('employee.rehired', { employeeNumber });
  }

  private anybody(): string {
    return this.dice.pick([...this.working.keys()]);
  }

  // A new login for one and the same person is where a create that is repeated blindly makes a second account.
  private login(employeeNumber: string): Readonly<Record<string, string>> {
    const userName = `p${employeeNumber}.${this.events.length}@example.com`;
    return { userName, email: userName };
  }

  private tell(type: string, employee: HrEvent['employee']): HrEvent {
    const number = this.events.length + 1;
    const event: HrEvent = {
      id: `evt_${number}`,
      type,
      occurredAt: new Date(BEGINNING + number * 1_000).toISOString(),
      employee: { ...employee, title: titleOf(number) },
    };
    this.events.push(event);
    return event;
  }
}

export const titleOf = (number: number): string => `v${String(number).padStart(6, '0')}`;
