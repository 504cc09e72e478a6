import type { Application } from '@tenure/applications';
import {
  ConnectorError,
  type Call,
  type Connector,
  type ErrorClass,
  type MemberChange,
  type ObservedEntitlement,
} from '@tenure/connectors';
import { Attempt, classify } from '../attempt/attempt.js';
import type { LeasedEntitlement, LeasedMember } from '../backlog/entitlement-leases.js';

/** How one batch of memberships ended. */
export interface MembersResult {
  readonly remoteId: string | null;
  /** The entitlement's name in the application now. */
  readonly appliedName: string | null;
  /** It was deleted there. */
  readonly removed: boolean;
  readonly done: readonly LeasedMember[];
  /** Refused for good, one by one. */
  readonly refused: readonly { readonly member: LeasedMember; readonly error: ConnectorError }[];
  /** The application answered that it was done, and it does not read back so. */
  readonly unproven: readonly LeasedMember[];
  /** The batch as a whole did not get through. */
  readonly error: ConnectorError | null;
}

/** Errors that can be one member's fault (an owner, the last admin): the batch is then tried member by member. */
const OF_ONE_MEMBER: readonly ErrorClass[] = [
  'invalid',
  'conflict',
  'precondition',
  'forbidden',
  'unsupported',
  'permanent',
];

/**
 * Changes a batch of members in the application; the entitlement is found there first, or made. Then its name is set right,
 * or it is deleted, where that was asked for. Never throws.
 */
export async function reconcileMembers(
  connector: Connector,
  entitlement: LeasedEntitlement,
  members: readonly LeasedMember[],
  attempt: Attempt,
  verify: Application['verify'] = 'answer',
): Promise<MembersResult> {
  const batch = new MemberBatch(connector, attempt);
  const { name } = entitlement;
  let { remoteId, appliedName } = entitlement;
  const ended = (error: ConnectorError | null, removed = false): MembersResult => ({
    ...{ remoteId, appliedName, removed, error },
    ...{ done: batch.done, refused: batch.refused, unproven: batch.unproven },
  });
  try {
    if (entitlement.removed && remoteId !== null) {
      await remove(connector, entitlement, remoteId, attempt);
      [remoteId, appliedName] = [null, null];
      batch.done.push(...members);
      return ended(null, true);
    }
    const adds = members.some((member) => member.wanted);
    const known = await findOrCreate(connector, entitlement, adds, attempt);
    if (known === null) {
      // What is not there has no members to remove.
      batch.done.push(...members);
      return ended(null);
    }
    remoteId = known.id;
    const remote = await batch.changeAll(known, members, () => find(connector, entitlement, attempt));
    remoteId = remote.id;
    if (remote.fresh) appliedName = name;
    if (verify === 'read_back') await batch.readBack(remote);
    if (appliedName !== name) {
      await rename(connector, remote, name, attempt);
      appliedName = name;
    }
    return ended(null);
  } catch (error) {
    const classified = classify(error);
    if (classified.errorClass === 'not_found') [remoteId, appliedName] = [null, null];
    return ended(classified);
  }
}

async function rename(
  connector: Connector,
  remote: ObservedEntitlement,
  name: string,
  attempt: Attempt,
): Promise<void> {
  const { renameEntitlement } = connector;
  if (renameEntitlement === undefined)
    throw new ConnectorError('unsupported', 'Tenure cannot rename entitlements in this application.');
  await attempt.run('rename_entitlement', ['name'], (call) => renameEntitlement.call(connector, call, remote, name));
}

async function remove(
  connector: Connector,
  { kind, name }: LeasedEntitlement,
  id: string,
  attempt: Attempt,
): Promise<void> {
  const { deleteEntitlement } = connector;
  if (deleteEntitlement === undefined)
    throw new ConnectorError('unsupported', 'Tenure cannot delete entitlements in this application.');
  await attempt.run('delete_entitlement', null, (call) => deleteEntitlement.call(connector, call, { id, kind, name }));
}

type FoundEntitlement = ObservedEntitlement & { readonly fresh: boolean };

/** `null`: it is not there, and nobody is to be added to it. */
async function findOrCreate(
  connector: Connector,
  { kind, name, remoteId }: LeasedEntitlement,
  adds: boolean,
  attempt: Attempt,
): Promise<FoundEntitlement | null> {
  if (remoteId !== null) return { id: remoteId, kind, name, fresh: false };
  const found = await find(connector, { kind, name }, attempt);
  if (found !== null) return found;
  if (!adds) return null;
  try {
    const made = await attempt.run('create_entitlement', null, (call) =>
      connector.createEntitlement(call, { kind, name }),
    );
    return { ...made, fresh: true };
  } catch (error) {
    // Made meanwhile, by a call of ours that was given up or by a person.
    const there = classify(error).errorClass === 'conflict' ? await find(connector, { kind, name }, attempt) : null;
    if (there === null) throw error;
    return there;
  }
}

async function find(
  connector: Connector,
  { kind, name }: Pick<LeasedEntitlement, 'kind' | 'name'>,
  attempt: Attempt,
): Promise<FoundEntitlement | null> {
  const found = await attempt.run('look', null, (call) => connector.findEntitlement(call, { kind, name }));
  return found && { ...found, fresh: true };
}

async function allMembers(
  connector: Connector,
  call: Call,
  { id, kind, name }: ObservedEntitlement,
): Promise<{ readonly ids: ReadonlySet<string>; readonly partial: boolean }> {
  const ids = new Set<string>();
  let isPartial = false;
  for (let cursor: string | undefined; ;) {
    const { items, next, partial = false } = await connector.listMembers(call, { id, kind, name }, cursor);
    for (const item of items) ids.add(item);
    isPartial ||= partial;
    if (next === undefined || next === cursor) return { ids, partial: isPartial || next !== undefined };
    cursor = next;
  }
}

/** What became of the members so far, kept also when a later one fails. */
class MemberBatch {
  done: LeasedMember[] = [];
  readonly refused: { readonly member: LeasedMember; readonly error: ConnectorError }[] = [];
  unproven: readonly LeasedMember[] = [];

  constructor(
    private readonly connector: Connector,
    private readonly attempt: Attempt,
  ) {}

  /**
   * Returns the entitlement that took the change. "Not found" speaks of the entitlement or of a member: when it is found by its
   * name, it was a member, and the others have theirs.
   */
  async changeAll(
    known: FoundEntitlement,
    members: readonly LeasedMember[],
    find: () => Promise<FoundEntitlement | null>,
  ): Promise<FoundEntitlement> {
    const ofMember = [...OF_ONE_MEMBER, 'not_found'] as const;
    try {
      await this.change(known, members, known.fresh ? ofMember : OF_ONE_MEMBER);
      return known;
    } catch (error) {
      const found = !known.fresh && classify(error).errorClass === 'not_found' ? await find() : null;
      if (found === null) throw error;
      const settled = new Set([...this.done, ...this.refused.map(({ member }) => member)]);
      await this.change(
        found,
        members.filter((member) => !settled.has(member)),
        ofMember,
      );
      return found;
    }
  }

  private async change(
    remote: ObservedEntitlement,
    members: readonly LeasedMember[],
    ofOneMember: readonly ErrorClass[],
  ): Promise<void> {
    if (members.length === 0) return;
    try {
      await this.send(remote, members);
      this.done.push(...members);
      return;
    } catch (error) {
      const classified = classify(error);
      if (!ofOneMember.includes(classified.errorClass)) throw classified;
      const [only] = members;
      if (members.length === 1 && only) return this.settle(only, classified);
    }
    for (const member of members) await this.change(remote, [member], ofOneMember);
  }

  /** What was answered counts when the entitlement reads back so. A list that may be cut is asked about each member. */
  async readBack(remote: ObservedEntitlement): Promise<void> {
    const answered = this.done;
    if (answered.length === 0) return;
    this.done = [];
    const { ids, partial } = await this.attempt.run('look', null, (call) => allMembers(this.connector, call, remote));
    const proven = new Set<LeasedMember>();
    for (const member of answered) {
      const isShown = ids.has(member.remoteAccountId);
      const isMember = isShown || !partial ? isShown : await this.isMember(remote, member);
      if (isMember === member.wanted) proven.add(member);
    }
    this.done = answered.filter((member) => proven.has(member));
    this.unproven = answered.filter((member) => !proven.has(member));
  }

  private async isMember({ id }: ObservedEntitlement, { remoteAccountId }: LeasedMember): Promise<boolean | 'unknown'> {
    const { entitlementsOf } = this.connector;
    if (entitlementsOf === undefined) return 'unknown';
    try {
      const held = await this.attempt.run('look', null, (call) =>
        entitlementsOf.call(this.connector, call, remoteAccountId),
      );
      return held.some((one) => one.id === id);
    } catch (error) {
      if (classify(error).errorClass === 'unsupported') return 'unknown';
      throw error;
    }
  }

  /** Somebody who is gone is no member any more. */
  private settle(member: LeasedMember, error: ConnectorError): void {
    if (error.errorClass === 'not_found' && !member.wanted) this.done.push(member);
    else this.refused.push({ member, error });
  }

  private async send({ id, kind, name }: ObservedEntitlement, members: readonly LeasedMember[]): Promise<void> {
    const idsOf = (wanted: boolean): string[] =>
      members.filter((member) => member.wanted === wanted).map((member) => member.remoteAccountId);
    const request: MemberChange = { add: idsOf(true), remove: idsOf(false) };
    const step = request.add.length > 0 ? 'grant' : 'revoke';
    await this.attempt.run(step, { added: request.add.length, removed: request.remove.length }, (call) =>
      this.connector.changeMembers(call, { id, kind, name }, request),
    );
  }
}
