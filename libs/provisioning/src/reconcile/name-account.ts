import {
  uniqueRulesOf,
  type Application,
  type ChosenNames,
  type DesiredAccount,
  type UniqueRule,
} from '@tenure/applications';
import { ConnectorError, type ObservedAccount } from '@tenure/connectors';
import type { LeasedAccount } from '../backlog/account-leases.js';
import type { AccountFinder } from './find-account.js';
import { nameCandidates } from './name-candidates.js';
import type { NameWish } from './unique-names.js';

/** Where names are reserved. */
export interface NamePort {
  choose(wish: NameWish): Promise<string | null>;
  refuse(wish: NameWish, name: string): Promise<void>;
}

/** So often another name is tried in one turn before a person is asked. */
const TRIES = 20;

/** What an account is to be called where names must be unique: chosen once, and kept as long as the same is asked for. */
export class AccountNames {
  private chosen: ChosenNames;
  private readonly rules: ReadonlyMap<string, UniqueRule>;
  private tries = 0;
  /** A name was chosen in this turn: others that were reserved for the account may go once it is applied. */
  changed = false;

  constructor(
    application: Pick<Application, 'mapping'>,
    private readonly applicationId: string,
    private readonly account: LeasedAccount,
    private readonly port: NamePort,
  ) {
    this.chosen = account.names;
    this.rules = uniqueRulesOf(application.mapping);
  }

  get all(): ChosenNames {
    return this.chosen;
  }

  /** The desired state with its names. What the account is called already stays, when it is a name that it could get. */
  async apply(desired: DesiredAccount, observed: ObservedAccount | null): Promise<DesiredAccount> {
    if (!desired.enabled || this.rules.size === 0) return desired;
    const attributes = { ...desired.attributes };
    for (const [target, rule] of this.rules) {
      const base = attributes[target];
      if (typeof base === 'string' && base !== '') attributes[target] = await this.nameOf(target, base, rule, observed);
    }
    return { ...desired, attributes };
  }

  /** The application refused a value that somebody has: the names that are taken there are given up. False: none is. */
  async giveUpTaken(desired: DesiredAccount, finder: AccountFinder): Promise<boolean> {
    this.tries += 1;
    if (this.tries > TRIES) return false;
    let given = false;
    for (const [target, rule] of this.rules) {
      const name = desired.attributes[target];
      const base = this.account.desired.attributes[target];
      if (typeof name !== 'string' || typeof base !== 'string' || !(await finder.isTaken(target, name))) continue;
      await this.port.refuse(this.wish(target, base, rule, null), name);
      this.chosen = Object.fromEntries(Object.entries(this.chosen).filter(([other]) => other !== target));
      given = true;
    }
    return given;
  }

  private async nameOf(
    target: string,
    base: string,
    rule: UniqueRule,
    observed: ObservedAccount | null,
  ): Promise<string> {
    const known = this.chosen[target];
    if (known?.base === base) return known.value;
    const value = await this.port.choose(this.wish(target, base, rule, observed));
    if (value === null)
      throw new ConnectorError(
        'conflict',
        `No name is free for "${target}": add alternatives to its rule in the mapping.`,
      );
    this.chosen = { ...this.chosen, [target]: { base, value } };
    this.changed = true;
    return value;
  }

  private wish(target: string, base: string, rule: UniqueRule, observed: ObservedAccount | null): NameWish {
    const { id: accountId, fence, desired } = this.account;
    const candidates = nameCandidates(base, desired.alternatives?.[target] ?? [], rule);
    const now = observed?.attributes[target];
    const first = typeof now === 'string' && candidates.includes(now) ? [now] : [];
    return {
      applicationId: this.applicationId,
      accountId,
      fence,
      target,
      base,
      candidates: [...new Set([...first, ...candidates])],
    };
  }
}
