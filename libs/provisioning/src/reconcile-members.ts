import { ConnectorError, type Connector, type MemberChange, type ObservedEntitlement } from '@tenure/connectors';
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
const OF_ONE_MEMBER = new Set(['invalid', 'conflict', 'precondition']);

/** Changes a batch of members in the application; the entitlement is found there first, or made. Never throws. */
export async function reconcileMembers(
  connector: Connector,
  entitlement: LeasedEntitlement,
  members: readonly LeasedMember[],
  attempt: Attempt,
): Promise<MembersResult> {
  let remoteId = entitlement.remoteId;
  try {
    const remote = await findOrCreate(connector, entitlement, attempt);
    remoteId = remote.id;
    return { remoteId, ...(await changeAll(connector, remote, members, attempt)), error: null };
  } catch (error) {
    const classified = classify(error);
    return { remoteId: classified.errorClass === 'not_found' ? null : remoteId, done: [], refused: [], error: classified };
  }
}

async function findOrCreate(connector: Connector, entitlement: LeasedEntitlement, attempt: Attempt): Promise<ObservedEntitlement> {
  const { kind, name, remoteId } = entitlement;
  if (remoteId !== null) return { id: remoteId, kind, name };
  const found = await attempt.run('look', null, (call) => connector.findEntitlement(call, { kind, name }));
  if (found !== null) return found;
  return attempt.run('create_entitlement', null, (call) => connector.createEntitlement(call, { kind, name }));
}

async function changeAll(
  connector: Connector,
  remote: ObservedEntitlement,
  members: readonly LeasedMember[],
  attempt: Attempt,
): Promise<Pick<MembersResult, 'done' | 'refused'>> {
  try {
    await change(connector, remote, members, attempt);
    return { done: members, refused: [] };
  } catch (error) {
    const classified = classify(error);
    if (!OF_ONE_MEMBER.has(classified.errorClass)) throw classified;
    if (members.length === 1) return { done: [], refused: members.map((member) => ({ member, error: classified })) };
  }
  const parts = [];
  for (const member of members) parts.push(await changeAll(connector, remote, [member], attempt));
  return { done: parts.flatMap((part) => part.done), refused: parts.flatMap((part) => part.refused) };
}

async function change(connector: Connector, remote: ObservedEntitlement, members: readonly LeasedMember[], attempt: Attempt): Promise<void> {
  const idsOf = (wanted: boolean): string[] => members.filter((member) => member.wanted === wanted).map((member) => member.remoteAccountId);
  const request: MemberChange = { add: idsOf(true), remove: idsOf(false) };
  const kind = request.add.length > 0 ? 'grant' : 'revoke';
  await attempt.run(kind, { added: request.add.length, removed: request.remove.length }, (call) => connector.changeMembers(call, remote, request));
}
