import {
  ConnectorError,
  type AccountChange,
  type AccountKeys,
  type Capabilities,
  type Connector,
  type ErrorClass,
  type MemberChange,
  type NewAccount,
  type ObservedAccount,
  type ObservedEntitlement,
} from '@tenure/connectors';

type Method =
  | 'get'
  | 'find'
  | 'create'
  | 'update'
  | 'findEntitlement'
  | 'createEntitlement'
  | 'changeMembers'
  | 'entitlementsOf'
  | 'renameEntitlement'
  | 'deleteEntitlement'
  | 'endSessions'
  | 'transferOwnership'
  | 'reclaimLicence';

/** What goes wrong with one call: before the app did the work, or after it. */
interface Fault {
  readonly method: Method;
  readonly errorClass: ErrorClass;
  readonly done: boolean;
}

/**
 * An application in memory, behind the port that real ones have. It refuses a second account with the same login unless
 * told otherwise, and keeps a log of its calls.
 */
export class FakeApp implements Connector {
  readonly calls: string[] = [];
  readonly accounts = new Map<string, ObservedAccount>();
  readonly groups = new Map<string, { readonly kind: string; readonly name: string; readonly members: Set<string> }>();
  /** Logins that `update` pretends to change. */
  readonly liesAbout = new Set<string>();
  /** Members that the app refuses, and with what. */
  readonly refuses = new Map<string, ErrorClass>();
  capabilities: Capabilities = {
    disable: true,
    delete: 'hard',
    refusesDuplicatesOn: ['login'],
    correlateBy: ['login'],
    entitlementKinds: ['group'],
    memberBatch: 100,
    settleMs: 0,
  };
  entitlementsOf?: Connector['entitlementsOf'];
  endSessions?: Connector['endSessions'];
  transferOwnership?: Connector['transferOwnership'];
  reclaimLicence?: Connector['reclaimLicence'];
  private made = 0;
  private readonly faults: Fault[] = [];

  /** The next call of `method` fails: `done` says whether the app did the work all the same. */
  failNext(method: Method, errorClass: ErrorClass, done = false): this {
    this.faults.push({ method, errorClass, done });
    return this;
  }

  /** It can do everything that a leave asks for. */
  able(): this {
    this.entitlementsOf = (_, id) =>
      this.call('entitlementsOf', id, () =>
        [...this.groups].flatMap(([group, { members, kind, name }]) =>
          members.has(id) ? [{ id: group, kind, name }] : [],
        ),
      );
    this.endSessions = (_, id) => this.call('endSessions', id, () => undefined);
    this.transferOwnership = (_, id, toId) => this.call('transferOwnership', `${id} to ${toId}`, () => undefined);
    this.reclaimLicence = (_, id) => this.call('reclaimLicence', id, () => undefined);
    return this;
  }

  have(account: Partial<ObservedAccount> & { readonly id: string }): this {
    this.accounts.set(account.id, { enabled: true, attributes: { login: 'ada' }, ...account });
    return this;
  }

  haveGroup(id: string, name: string, ...members: string[]): this {
    this.groups.set(id, { kind: 'group', name, members: new Set(members) });
    return this;
  }

  test(): Promise<{ summary: string }> {
    return Promise.resolve({ summary: 'reached' });
  }

  get(_: unknown, id: string): Promise<ObservedAccount | null> {
    return this.call('get', id, () => this.accounts.get(id) ?? null);
  }

  find(
    _: unknown,
    { externalId: own, attributes: keys, by = ['login'] }: AccountKeys,
  ): Promise<readonly ObservedAccount[]> {
    return this.call('find', '', () => {
      const all = [...this.accounts.values()];
      const ours = all.filter(({ externalId }) => externalId !== undefined && externalId === own);
      const known = by.map((key) => all.filter(({ attributes }) => attributes[key] === keys[key]));
      return [ours, ...known].find((found) => found.length > 0) ?? [];
    });
  }

  list(): Promise<{ items: readonly ObservedAccount[] }> {
    return Promise.resolve({ items: [...this.accounts.values()] });
  }

  create(_: unknown, account: NewAccount): Promise<ObservedAccount> {
    return this.call('create', '', () => {
      const isTaken = [...this.accounts.values()].some(
        ({ attributes }) => attributes.login === account.attributes.login,
      );
      if (isTaken && this.capabilities.refusesDuplicatesOn.length > 0) throw new ConnectorError('conflict', 'taken');
      return this.keep({ id: `new${++this.made}`, ...account });
    });
  }

  update(_: unknown, id: string, { attributes, ...change }: AccountChange): Promise<ObservedAccount> {
    const what = [...Object.keys(change), ...Object.keys(attributes ?? {})].join('+');
    return this.call('update', `${id} ${what}`, () => {
      const before = this.accounts.get(id);
      if (!before) throw new ConnectorError('not_found', 'gone');
      const after = { ...before, ...change, attributes: { ...before.attributes, ...attributes } };
      return this.liesAbout.has(id) ? after : this.keep(after);
    });
  }

  delete(_: unknown, id: string): Promise<void> {
    this.accounts.delete(id);
    return Promise.resolve();
  }

  findEntitlement(_: unknown, ref: { kind: string; name: string }): Promise<ObservedEntitlement | null> {
    return this.call('findEntitlement', ref.name, () => {
      const [id] = [...this.groups].find(([, { name }]) => name === ref.name) ?? [];
      return id === undefined ? null : { id, ...ref };
    });
  }

  createEntitlement(_: unknown, ref: { kind: string; name: string }): Promise<ObservedEntitlement> {
    return this.call('createEntitlement', ref.name, () => {
      const id = `g${++this.made}`;
      this.groups.set(id, { ...ref, members: new Set() });
      return { id, ...ref };
    });
  }

  listMembers(_: unknown, { id }: ObservedEntitlement): Promise<{ items: readonly string[] }> {
    return Promise.resolve({ items: [...(this.groups.get(id)?.members ?? [])] });
  }

  changeMembers(_: unknown, { id }: ObservedEntitlement, { add, remove }: MemberChange): Promise<void> {
    const what = [...add.map((member) => `+${member}`), ...remove.map((member) => `-${member}`)].join(' ');
    return this.call('changeMembers', `${id} ${what}`, () => {
      const group = this.groups.get(id);
      if (!group) throw new ConnectorError('not_found', 'no such group');
      for (const member of [...add, ...remove]) {
        const errorClass = this.refuses.get(member);
        if (errorClass) throw new ConnectorError(errorClass, `refused ${member}`);
      }
      for (const member of add) group.members.add(member);
      for (const member of remove) group.members.delete(member);
    });
  }

  renameEntitlement(_: unknown, { id }: ObservedEntitlement, name: string): Promise<void> {
    return this.call('renameEntitlement', `${id} ${name}`, () => {
      const group = this.groups.get(id);
      if (!group) throw new ConnectorError('not_found', 'no such group');
      this.groups.set(id, { ...group, name });
    });
  }

  deleteEntitlement(_: unknown, { id }: ObservedEntitlement): Promise<void> {
    return this.call('deleteEntitlement', id, () => void this.groups.delete(id));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private keep(account: ObservedAccount): ObservedAccount {
    this.accounts.set(account.id, account);
    return account;
  }

  /** One call: logged, and failing when a fault waits for it. */
  private async call<T>(method: Method, detail: string, work: () => T): Promise<T> {
    this.calls.push(detail === '' ? method : `${method} ${detail}`);
    const at = this.faults.findIndex((fault) => fault.method === method);
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault?.done !== false) {
      const result = work();
      if (!fault) return Promise.resolve(result);
    }
    throw new ConnectorError(fault.errorClass, `it was ${fault.errorClass}`);
  }
}
