import { Clock, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { getSource } from '@tenure/identity';

export interface ScimOptions {
  readonly publicDiscovery: boolean;
  readonly requestsPerMinute: number | null;
}

/** What a tenant chose for one SCIM source; nothing is public and nothing limited until it does. */
export class SourceOptions {
  constructor(private readonly clock: Clock) {}

  async of(tx: Tx, sourceId: string): Promise<ScimOptions> {
    await getSource(tx, sourceId, 'scim');
    const [row] = await tx.query<ScimOptions>(
      `SELECT public_discovery AS "publicDiscovery", requests_per_minute AS "requestsPerMinute" FROM scim_source_options
       WHERE tenant_id = $1 AND source_id = $2`,
      [tx.tenantId, sourceId],
    );
    return row ?? { publicDiscovery: false, requestsPerMinute: null };
  }

  async set(tx: Tx, by: Actor, sourceId: string, options: ScimOptions): Promise<void> {
    const before = await this.of(tx, sourceId);
    await tx.query(
      `INSERT INTO scim_source_options (tenant_id, source_id, public_discovery, requests_per_minute) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, source_id) DO UPDATE SET
         public_discovery = excluded.public_discovery, requests_per_minute = excluded.requests_per_minute`,
      [tx.tenantId, sourceId, options.publicDiscovery, options.requestsPerMinute],
    );
    const payload = { before, after: options };
    const subject = { subjectKind: 'source', subjectId: sourceId } as const;
    await appendFact(tx, by, this.clock.now(), { verb: 'source.scim_options_changed', ...subject, payload });
  }
}
