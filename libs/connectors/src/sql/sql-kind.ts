import type { AddressGuard } from '@tenure/platform';
import { NEVER_CALLED, refuseFaults, withoutHarmless } from '../read-config.js';
import type { ConfigFault, Connector, ConnectorKind, OpenOptions } from '../spi.js';
import { readSqlConfig } from './config.js';
import type { SqlConfig } from './config.js';
import { SqlDatabase } from './database.js';
import { SqlConnector } from './sql-connector.js';

/** Applications that keep their users in a PostgreSQL database of their own. */
export function sqlKind(guard: AddressGuard): ConnectorKind {
  return {
    kind: 'sql',
    check: (config, credentials, attributes = []) => {
      const { config: sql, faults } = readSqlConfig(config, credentials);
      const isNeverCalled = faults.length === 0 && guard.refusesLiteral(sql.host);
      return [
        ...faults,
        ...(isNeverCalled ? [{ path: 'config.host', message: NEVER_CALLED }] : []),
        ...mappingFaults(sql, attributes),
      ];
    },
    receiverOf: (config) => withoutHarmless(config, ['statementTimeoutMs', 'users', 'roles', 'leave']),
    defaultMapping: {
      userName: 'identity.userName',
      email: 'identity.email',
      displayName: 'identity.displayName',
    },
    open: (options) => open(guard, options),
  };
}

function open(guard: AddressGuard, { config, credentials, attributes }: OpenOptions): Connector {
  const { config: sql, faults } = readSqlConfig(config, credentials);
  refuseFaults([...faults, ...mappingFaults(sql, attributes)]);
  return new SqlConnector(sql, attributes, new SqlDatabase(sql, guard));
}

function mappingFaults({ users }: SqlConfig, attributes: readonly string[]): readonly ConfigFault[] {
  const unknown = attributes.filter((name) => !Object.hasOwn(users.attributes, name));
  return unknown.map((name) => ({ path: `mapping.${name}`, message: 'has no column in config.users.attributes' }));
}
