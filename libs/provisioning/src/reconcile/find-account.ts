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

/** When (the database's time) it was seen that another account of ours already is this one in the application; null: none is. */
export type HeldAt = (remoteId: string) => Promise<string | null>;

/** What an account of the application is now that belongs to another person than the one it was given for. */
export interface HeldSighting {
  readonly remoteId: string;
  readonly observed: ObservedAccount | null;
  /** The database's time before it was looked at. */
  readonly readAt: string;
}

/** The account that was found belongs to another person; Tenure does not write to it. */
export class HeldByAnother extends ConnectorError {
  constructor(
    /** Set where the application put our mark on it: it may have written more, so its holder is to be compared with it. */
    readonly seen: HeldSighting | null = null,
  ) {
    super('conflict', 'The account that matches belongs to somebody else.');
  }
}

/** The application took somebody for the person who holds the account: it is looked at, once. */
export async function lookAtHeld(
  attempt: Attempt,
  connector: Connector,
  remoteId: string,
  readAt: string,
): Promise<HeldByAnother> {
  try {
    const observed = await attempt.run('look', null, (call) => connector.get(call, remoteId));
    return new HeldByAnother({ remoteId, observed, readAt });
  } catch {
    // The attempt keeps why it could not be read; the next scan compares it.
    return new HeldByAnother();
  }
}

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
    private readonly heldAt: HeldAt,
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
    // What another account of ours holds is never this one's, whatever mark it carries: an app may have taken the two for one.
    const heldAt = await this.heldAt(first.id);
    const isOurs = this.isOurs(first);
    if (heldAt !== null && isOurs) throw await lookAtHeld(this.attempt, this.connector, first.id, heldAt);
    if (heldAt !== null || (!isOurs && first.externalId !== undefined)) throw new HeldByAnother();
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
}
