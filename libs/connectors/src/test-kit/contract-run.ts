import { expect } from '@jest/globals';
import { ConnectorError } from '../errors.js';
import type {
  AccountChange,
  Attributes,
  Connector,
  NewAccount,
  ObservedAccount,
  ObservedEntitlement,
  Page,
} from '../spi.js';
import type { ConnectorHarness } from './harness.js';
import { recordedCall } from './recorded-calls.js';
import type { RecordedCall } from './recorded-calls.js';

/** One test of the contract: the connector under test, opened, and the calls that were made. */
export class ContractRun {
  connector!: Connector;
  calls: RecordedCall[] = [];

  constructor(readonly harness: ConnectorHarness) {}

  async begin(): Promise<void> {
    await this.harness.reset();
    this.calls = [];
    this.connector = this.harness.open();
  }

  call(deadlineMs?: number): RecordedCall {
    const made = recordedCall(deadlineMs);
    this.calls.push(made);
    return made;
  }

  account(number: number): NewAccount {
    return { externalId: ourId(number), enabled: true, attributes: this.harness.person(number) };
  }

  create(number: number): Promise<ObservedAccount> {
    return this.connector.create(this.call(), this.account(number));
  }

  find(number: number, externalId?: string): Promise<readonly ObservedAccount[]> {
    return this.connector.find(this.call(), { externalId, attributes: this.keyOf(this.harness.person(number)) });
  }

  get(id: string): Promise<ObservedAccount | null> {
    return this.connector.get(this.call(), id);
  }

  async update(id: string, change: AccountChange): Promise<ObservedAccount> {
    const updated = await this.connector.update(this.call(), id, change);
    if (updated === null) throw new Error('the application does not show what it changed');
    return updated;
  }

  changeMembers(entitlement: ObservedEntitlement, add: readonly string[], remove: readonly string[]): Promise<void> {
    return this.connector.changeMembers(this.call(), entitlement, { add, remove });
  }

  /** All members, sorted. */
  async members(entitlement: ObservedEntitlement): Promise<readonly string[]> {
    const members = await allPages((cursor) => this.connector.listMembers(this.call(), entitlement, cursor));
    return members.sort();
  }

  keyOf(person: Attributes): Attributes {
    const { key } = this.harness.attributes;
    return { [key]: person[key] ?? null };
  }

  /** How many accounts this person really has. */
  countAccounts(number: number): Promise<number> {
    return this.harness.countAccounts(String(this.harness.person(number)[this.harness.attributes.key]));
  }
}

/** The items of every page. */
export async function allPages<T>(read: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

/** Our account id of a person. */
export function ourId(number: number): string {
  return `01930000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/** The `ConnectorError` that the work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const failure: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ConnectorError);
  return failure as ConnectorError;
}
