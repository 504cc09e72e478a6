import {
  ConnectorError,
  type Connector,
  type ErrorClass,
  type MemberChange,
  type ObservedEntitlement,
} from '@tenure/connectors';
import { Attempt, classify } from './attempt.js';
import type { LeasedEntitlement, LeasedMember } from './entitlement-leases.js';

/** How one batch of memberships ended. */
export interface MembersResult {
  readonly remoteId: string | null;
  readonly done: readonly LeasedMember[];
  /** Refused for good, one by one. */
  readonly refused: readonly { readonly member: LeasedMember; readonly error: ConnectorError }[];
  /** The batch as a whole did not get through. */
  readonly error: ConnectorError | null;
}

/** Errors that can be one member's fault: the batch is then tried member by member. */
const OF_ONE_MEMBER: readonly ErrorClass[] = ['invalid', 'conflict', 'precondition'];

/** Changes a batch of members in the application; the entitlement is found there first, or made. Never throws. */
export async function reconcileMembers(
  connector: Connector,
  entitlement: LeasedEntitlement,
  members: readonly LeasedMember[],
  attempt: Attempt,
): Promise<MembersResult> {
  const batch = new MemberBatch(connector, attempt);
  let remoteId = entitlement.remoteId;
  try {
    const adds = members.some((member) => member.wanted);
    const remote = await findOrCreate(connector, entitlement, adds, attempt);
    // What is not there has no members to remove.
    if (remote === null) return { remoteId, done: members, refused: [], error: null };
    remoteId = remote.id;
    // An entitlement that was found a moment ago is there: "not found" then speaks of a member.
    await batch.change(remote, members, remote.fresh ? [...OF_ONE_MEMBER, 'not_found'] : OF_ONE_MEMBER);
    return { remoteId, done: batch.done, refused: batch.refused, error: null };
  } catch (error) {
    const classified = classify(error);
    if (classified.errorClass === 'not_found') remoteId = null;
    return { remoteId, done: batch.done, refused: batch.refused, error: classified };
  }
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
  const find = (): Promise<ObservedEntitlement | null> =>
    attempt.run('look', null, (call) => connector.findEntitlement(call, { kind, name }));
  const found = await find();
  if (found !== null) return { ...found, fresh: true };
  if (!adds) return null;
  try {
    const made = await attempt.run('create_entitlement', null, (call) =>
      connector.createEntitlement(call, { kind, name }),
    );
    return { ...made, fresh: true };
  } catch (error) {
    // Made meanwhile, by a call of ours that was given up or by a person.
    const there = classify(error).errorClass === 'conflict' ? await find() : null;
    if (there === null) throw error;
    return { ...there, fresh: true };
  }
}

/** What became of the members so far, kept also when a later one fails. */
class MemberBatch {
  readonly done: LeasedMember[] = [];
  readonly refused: { readonly member: LeasedMember; readonly error: ConnectorError }[] = [];

  constructor(
    private readonly connector: Connector,
    private readonly attempt: Attempt,
  ) {}

  async change(
    remote: ObservedEntitlement,
    members: readonly LeasedMember[],
    ofOneMember: readonly ErrorClass[],
  ): Promise<void> {
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
