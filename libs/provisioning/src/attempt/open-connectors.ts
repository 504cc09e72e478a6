import { createHash } from 'node:crypto';
import { canonicalJson, type Clock, type Log, loggedReason } from '@tenure/platform';
import type { Applications, Application } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';

interface Kept {
  readonly version: string;
  readonly connector: Connector;
  readonly usedAt: number;
}

/** How many connectors one process keeps open, and how long (ms) one that nobody uses. */
export const KEPT_CONNECTORS = { most: 200, idleMs: 600_000 };

/** Connectors that stay open between slices, one per application and configuration; the least recently used is closed first. */
export class OpenConnectors {
  /** In the order in which they were used last. */
  private readonly kept = new Map<string, Kept>();
  private readonly closing = new Set<Promise<void>>();

  constructor(
    private readonly applications: Pick<Applications, 'open'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  of(application: Application): Connector {
    const { id } = application;
    const version = versionOf(application);
    const usedAt = this.clock.now().getTime();
    const known = this.kept.get(id);
    const isSame = known?.version === version;
    const connector = isSame ? known.connector : this.applications.open(application);
    this.kept.delete(id);
    this.kept.set(id, { version, connector, usedAt });
    if (known && !isSame) this.close(id, known);
    this.closeUnused(usedAt);
    return connector;
  }

  /** Closes all, and waits for those that are closing. */
  async closeAll(): Promise<void> {
    for (const [id, one] of this.kept) this.close(id, one);
    this.kept.clear();
    await Promise.all(this.closing);
  }

  private closeUnused(now: number): void {
    for (const [id, one] of this.kept) {
      if (this.kept.size <= KEPT_CONNECTORS.most && now - one.usedAt < KEPT_CONNECTORS.idleMs) return;
      this.kept.delete(id);
      this.close(id, one);
    }
  }

  /** Calls that are still running end by their deadline; closing waits for them. */
  private close(applicationId: string, { connector }: Kept): void {
    const closed = connector
      .close()
      .catch((error: unknown) =>
        this.log.warn({ event: 'connector.not_closed', applicationId, reason: loggedReason(error), err: error }),
      )
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }
}

const versionOf = ({ config, mapping, sealedCredentials }: Application): string =>
  createHash('sha256').update(canonicalJson({ config, mapping })).update(sealedCredentials).digest('base64');
