import {
  ConnectorError,
  type AccountChange,
  type Connector,
  type ErrorClass,
  type ObservedAccount,
} from '@tenure/connectors';
import type { Attempt } from '../attempt/attempt.js';
import { contradictedBy } from './read-back.js';
import { NotAsWritten, NotSeen } from '../attempt/work-error.js';

/** Refusals to keep our mark that say nothing of the account. */
const MARK_REFUSED: ReadonlySet<ErrorClass> = new Set<ErrorClass>([
  'invalid',
  'forbidden',
  'precondition',
  'unsupported',
  'permanent',
]);

/** Writes to one account by its id in the application, and keeps what the answers leave open. */
export class AccountWriter {
  /** An answer showed the value from before: it proves nothing. */
  doubtful = false;

  constructor(
    private readonly connector: Connector,
    private readonly attempt: Attempt,
    /** We disabled it, now or before. */
    public wasDisabled: boolean,
  ) {}

  read(id: string): Promise<ObservedAccount | null> {
    return this.attempt.run('look', null, (call) => this.connector.get(call, id));
  }

  /** Null: it was disabled, and does not read since. */
  async change(
    kind: 'update' | 'enable' | 'disable',
    id: string,
    change: AccountChange,
    before: ObservedAccount | null,
  ): Promise<ObservedAccount | null> {
    try {
      return await this.send(kind, id, change, before);
    } catch (error) {
      if (isNotFound(error)) throw await this.whyNotFound(id, error);
      throw error;
    }
  }

  /**
   * Some applications do not show who is disabled: an account that does not read is set as it must be by the id that we know.
   * Undefined: it is gone.
   */
  async reach(id: string, enabled: boolean): Promise<ObservedAccount | null | undefined> {
    try {
      return await this.send(enabled ? 'enable' : 'disable', id, { enabled }, null);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Our mark helps to find the account again. Where the application does not take it, the account is known by its id alone. */
  async mark(found: ObservedAccount, externalId: string): Promise<ObservedAccount> {
    try {
      const answer = await this.attempt.run('adopt', ['externalId'], (call) =>
        this.connector.update(call, found.id, { externalId }),
      );
      return answer ?? found;
    } catch (error) {
      if (error instanceof ConnectorError && MARK_REFUSED.has(error.errorClass)) return found;
      throw error;
    }
  }

  private async send(
    kind: 'update' | 'enable' | 'disable',
    id: string,
    change: AccountChange,
    before: ObservedAccount | null,
  ): Promise<ObservedAccount | null> {
    const diff = [...(change.enabled === undefined ? [] : ['enabled']), ...Object.keys(change.attributes ?? {})];
    const answer = await this.attempt.run(kind, diff, (call) => this.connector.update(call, id, change));
    const isDisabling = change.enabled === false;
    this.wasDisabled = isDisabling;
    if (answer !== null) this.doubtful ||= contradictedBy(change, before, answer).length > 0;
    if (answer !== null || isDisabling) return answer;
    const message = 'The application accepted the change and does not show the account.';
    throw new NotAsWritten(message, this.connector.capabilities.settleMs);
  }

  /** Only the account itself says that it is gone: it is read. */
  private async whyNotFound(id: string, error: ConnectorError): Promise<ConnectorError> {
    if ((await this.read(id)) === null) return new NotSeen(this.connector.capabilities.settleMs);
    return new ConnectorError('precondition', `${error.message}, and yet the account reads.`, error.detail);
  }
}

const isNotFound = (error: unknown): error is ConnectorError =>
  error instanceof ConnectorError && error.errorClass === 'not_found';
