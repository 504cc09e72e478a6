import type { Application, DesiredAccount } from '@tenure/applications';
import { uniqueRulesOf } from '@tenure/applications';
import { ConnectorError, type Capabilities, type Connector, type ObservedAccount } from '@tenure/connectors';
import type { Attempt } from '../attempt/attempt.js';

/** Targets by which people are known in an application; a name that is made unique says nothing of whose it is. */
export function matchTargetsOf(
  { match, mapping }: Pick<Application, 'match' | 'mapping'>,
  { correlateBy }: Pick<Capabilities, 'correlateBy'>,
): readonly string[] {
  const unique = uniqueRulesOf(mapping);
  return match.length > 0 ? match : correlateBy.filter((target) => !unique.has(target));
}

/** Whether another account of ours already is this one in the application. */
export type IsOwned = (remoteId: string) => Promise<boolean>;

/** Several accounts of the application match one person: only a person can say which. */
export class Ambiguous extends ConnectorError {
  constructor(readonly remoteIds: readonly string[]) {
    super('conflict', `${remoteIds.length} accounts of the application match; link one of them by hand.`);
  }
}

/** Finds what a person has in an application already: ours, or nobody's; what is somebody else's is never touched. */
export class AccountFinder {
  readonly matchBy: readonly string[];

  constructor(
    application: Pick<Application, 'match' | 'mapping'>,
    private readonly connector: Connector,
    private readonly accountId: string,
    private readonly attempt: Attempt,
    private readonly isOwned: IsOwned,
  ) {
    this.matchBy = matchTargetsOf(application, connector.capabilities);
  }

  /** The application itself refuses a second account of whoever matches: a first create needs no look before it. */
  get createsBlind(): boolean {
    const { refusesDuplicatesOn } = this.connector.capabilities;
    return refusesDuplicatesOn.length > 0 && this.matchBy.every((target) => refusesDuplicatesOn.includes(target));
  }

  /** The account that is ours or nobody's, by our id or by the match rules; throws `conflict` when it is somebody else's. */
  async find({ attributes }: DesiredAccount): Promise<ObservedAccount | null> {
    const found = await this.attempt.run('look', null, (call) =>
      this.connector.find(call, { externalId: this.accountId, attributes, by: this.matchBy }),
    );
    const [first] = found;
    if (first === undefined) return null;
    if (found.length > 1) throw new Ambiguous(found.map(({ id }) => id));
    if (await this.isAnothers(first))
      throw new ConnectorError('conflict', 'The account that matches belongs to somebody else.');
    return first;
  }

  /** Whether somebody else than this account has the value in the application. */
  async isTaken(target: string, value: string): Promise<boolean> {
    const found = await this.attempt.run('look', null, (call) =>
      this.connector.find(call, { attributes: { [target]: value }, by: [target] }),
    );
    return found.some(({ externalId }) => externalId !== this.accountId);
  }

  isOurs({ externalId }: ObservedAccount): boolean {
    return externalId === this.accountId;
  }

  /** What another account of ours holds is never this one's, whatever mark it carries: an app may have taken the two for one. */
  private async isAnothers(account: ObservedAccount): Promise<boolean> {
    if (await this.isOwned(account.id)) return true;
    return account.externalId !== undefined && !this.isOurs(account);
  }
}
