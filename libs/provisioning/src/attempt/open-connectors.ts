import { createHash } from 'node:crypto';
import { canonicalJson } from '@tenure/platform';
import { Applications, type Application } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';

interface Kept {
  readonly version: string;
  readonly connector: Connector;
}

/** Connectors that stay open between slices, one per application and configuration. */
export class OpenConnectors {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly applications: Applications) {}

  of(application: Application): Connector {
    const version = versionOf(application);
    const kept = this.kept.get(application.id);
    if (kept?.version === version) return kept.connector;
    const connector = this.applications.open(application);
    this.kept.set(application.id, { version, connector });
    // Calls of the old one may still run; they end by their deadline, and close() waits for them.
    if (kept) void kept.connector.close();
    return connector;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.kept.values()].map(({ connector }) => connector.close()));
    this.kept.clear();
  }
}

const versionOf = ({ config, mapping, sealedCredentials }: Application): string =>
  createHash('sha256').update(canonicalJson({ config, mapping })).update(sealedCredentials).digest('base64');
