import type { OutboundHttp } from '@tenure/platform';
import { NEVER_CALLED, refuseFaults, withoutHarmless } from '../read-config.js';
import type { ConfigFault, Connector, ConnectorKind, OpenOptions } from '../spi.js';
import { parsePath } from './attribute-path.js';
import { readScimConfig } from './config.js';
import { ScimClient } from './scim-client.js';
import { ScimConnector } from './scim-connector.js';
import { GroupsOfUser } from './groups-of-user.js';
import { ScimGroups } from './scim-groups.js';
import { ScimUsers } from './scim-users.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Written from the account's state and id, never from a mapping. */
const OWN = new Set(['id', 'externalid', 'active', 'meta', 'schemas', 'groups']);

/** SCIM 2.0 applications. */
export function scimKind(http: OutboundHttp): ConnectorKind {
  return {
    kind: 'scim',
    check: (config, credentials, attributes = []) => {
      const { config: scim, faults } = readScimConfig(config, credentials);
      const isNeverCalled = faults.length === 0 && http.neverSendsTo(scim.baseUrl);
      return [
        ...faults,
        ...(isNeverCalled ? [{ path: 'config.baseUrl', message: NEVER_CALLED }] : []),
        ...mappingFaults(attributes),
      ];
    },
    receiverOf: (config) => withoutHarmless(config, ['userAgent', 'timeoutMs', 'settleMs', 'memberBatch']),
    defaultMapping: {
      userName: 'identity.userName',
      'name.givenName': 'identity.givenName',
      'name.familyName': 'identity.familyName',
      displayName: 'identity.displayName',
      'emails[type eq "work"].value': 'identity.email',
      title: 'identity.title',
      [`${ENTERPRISE}:employeeNumber`]: 'identity.employeeNumber',
      [`${ENTERPRISE}:department`]: 'identity.department',
    },
    open: (options) => open(http, options),
  };
}

function open(http: OutboundHttp, { config, credentials, attributes }: OpenOptions): Connector {
  const { config: scim, faults } = readScimConfig(config, credentials);
  refuseFaults([...faults, ...mappingFaults(attributes)]);
  const client = new ScimClient(http, scim);
  const groups = new ScimGroups(client, scim.memberBatch);
  return new ScimConnector(
    scim,
    new ScimUsers(client, attributes),
    groups,
    new GroupsOfUser(client, groups),
    attributes,
  );
}

function mappingFaults(attributes: readonly string[]): readonly ConfigFault[] {
  return attributes.flatMap((name) => {
    const path = `mapping.${name}`;
    const parsed = parsePath(name);
    if (parsed === undefined) return [{ path, message: 'is not a SCIM attribute path' }];
    return OWN.has(parsed.name.toLowerCase()) ? [{ path, message: 'is kept by Tenure itself' }] : [];
  });
}
