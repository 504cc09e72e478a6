import { ConnectorError } from '../errors.js';
import type {
  AccountChange,
  AccountKeys,
  Call,
  Capabilities,
  Connector,
  EntitlementRef,
  MemberChange,
  NewAccount,
  ObservedAccount,
  ObservedEntitlement,
  Page,
  TestResult,
} from '../spi.js';
import type { ScimConfig } from './config.js';
import type { GroupsOfUser } from './groups-of-user.js';
import type { ScimGroups } from './scim-groups.js';
import type { ScimUsers } from './scim-users.js';

/** RFC 7643 §4.1: user names and e-mail addresses are the same in any case. */
const CASELESS = /^(urn:[^[]+:user:)?(userName|emails(\[[^\]]*\])?(\.value)?)$/i;

/** An application that speaks SCIM 2.0 (RFC 7643, RFC 7644): users are accounts, groups are entitlements. */
export class ScimConnector implements Connector {
  readonly capabilities: Capabilities;

  constructor(
    private readonly config: ScimConfig,
    private readonly users: ScimUsers,
    private readonly groups: ScimGroups,
    private readonly memberships: GroupsOfUser,
    attributes: readonly string[],
  ) {
    this.capabilities = {
      disable: true,
      delete: 'hard',
      refusesDuplicatesOn: ['userName'],
      correlateBy: ['userName'],
      caseless: attributes.filter((name) => CASELESS.test(name)),
      entitlementKinds: ['group'],
      memberBatch: config.memberBatch,
      settleMs: config.settleMs,
    };
  }

  async test(call: Call): Promise<TestResult> {
    const count = await this.users.count(call);
    const users = count === undefined ? 'its users can be read' : `${count} users`;
    return { summary: `SCIM 2.0 at ${new URL(this.config.baseUrl).host}: ${users}` };
  }

  get(call: Call, id: string): Promise<ObservedAccount | null> {
    return this.users.get(call, id);
  }

  find(call: Call, keys: AccountKeys): Promise<readonly ObservedAccount[]> {
    return this.users.find(call, { by: this.capabilities.correlateBy, ...keys });
  }

  list(call: Call, cursor?: string): Promise<Page<ObservedAccount>> {
    return this.users.list(call, cursor);
  }

  create(call: Call, account: NewAccount): Promise<ObservedAccount> {
    return this.users.create(call, account);
  }

  update(call: Call, id: string, change: AccountChange): Promise<ObservedAccount | null> {
    return this.users.update(call, id, change);
  }

  delete(call: Call, id: string): Promise<void> {
    return this.users.delete(call, id);
  }

  async findEntitlement(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement | null> {
    return this.groups.find(call, group(ref));
  }

  async createEntitlement(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement> {
    return this.groups.create(call, group(ref));
  }

  listEntitlements(call: Call, cursor?: string): Promise<Page<ObservedEntitlement>> {
    return this.groups.list(call, cursor);
  }

  listMembers(call: Call, entitlement: ObservedEntitlement): Promise<Page<string>> {
    return this.groups.members(call, entitlement);
  }

  changeMembers(call: Call, entitlement: ObservedEntitlement, change: MemberChange): Promise<void> {
    return this.groups.change(call, entitlement, change);
  }

  entitlementsOf(call: Call, id: string): Promise<readonly ObservedEntitlement[]> {
    return this.memberships.of(call, id);
  }

  renameEntitlement(call: Call, entitlement: ObservedEntitlement, name: string): Promise<void> {
    return this.groups.rename(call, entitlement, name);
  }

  deleteEntitlement(call: Call, entitlement: ObservedEntitlement): Promise<void> {
    return this.groups.delete(call, entitlement);
  }

  async close(): Promise<void> {
    // Connections belong to the process's HTTP client, which all applications share.
  }
}

function group(ref: EntitlementRef): EntitlementRef {
  if (ref.kind === 'group') return ref;
  throw new ConnectorError('unsupported', `SCIM grants groups, not "${ref.kind}"`);
}
