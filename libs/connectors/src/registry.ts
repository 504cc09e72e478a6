import type { AddressGuard, OutboundHttp } from '@tenure/platform';
import { scimKind } from './scim/scim-kind.js';
import type { ConnectorKind } from './spi.js';
import { sqlKind } from './sql/sql-kind.js';

/** What connectors reach the world through: made once per process, and nothing else is global. */
export interface ConnectorPorts {
  readonly http: OutboundHttp;
  /** For connectors that do not speak HTTP. */
  readonly guard: AddressGuard;
}

/** No connector has this name. */
export class UnknownConnectorKind extends Error {
  readonly code = 'unknown_connector';

  constructor(
    readonly kind: string,
    readonly known: readonly string[],
  ) {
    super(`There is no connector "${kind}"; there are ${known.join(', ')}`);
    this.name = 'UnknownConnectorKind';
  }
}

/** The connectors of this process by name. */
export class ConnectorRegistry {
  private readonly byName: ReadonlyMap<string, ConnectorKind>;

  constructor(kinds: readonly ConnectorKind[]) {
    this.byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  }

  kinds(): readonly string[] {
    return [...this.byName.keys()];
  }

  find(kind: string): ConnectorKind | undefined {
    return this.byName.get(kind);
  }

  /** Like `find`, for a kind that must exist; throws `UnknownConnectorKind`. */
  get(kind: string): ConnectorKind {
    const found = this.find(kind);
    if (found === undefined) throw new UnknownConnectorKind(kind, this.kinds());
    return found;
  }
}

/** Every connector that Tenure brings. */
export function createConnectorRegistry(ports: ConnectorPorts): ConnectorRegistry {
  return new ConnectorRegistry([scimKind(ports.http), sqlKind(ports.guard)]);
}
