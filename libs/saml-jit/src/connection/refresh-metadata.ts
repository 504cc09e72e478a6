import {
  Clock,
  Database,
  duePerTenant,
  forEachRow,
  OutboundHttp,
  sameJson,
  type Log,
  type Timer,
  loggedReason,
} from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { lockConnection, tellOfConnection } from './connection-rows.js';
import { ConnectionSetup, REFRESH_MS } from './connection-setup.js';
import { IdpMetadataError, parseIdpMetadata } from '../protocol/parse-idp-metadata.js';
import { fetchMetadata, type IdpValues } from './read-idp.js';
import { SamlConnectionRow } from './saml-connection.entity.js';

interface Due {
  readonly tenant_id: string;
  readonly id: string;
}

const CLOCK: Actor = { actor: 'clock', door: 'clock' };
const DUE = duePerTenant({
  table: 'saml_connections',
  columns: 'id',
  open: 'refresh_due_at IS NOT NULL',
  due: 'refresh_due_at <= $1',
  order: 'refresh_due_at',
  perTenant: 10,
});
/** Whoever takes a connection has so long; then another may. */
const LEASE = '2 minutes';
const FIRST_RETRY_MS = 15 * 60_000;

/** After so many failures in a row the metadata is asked for again in this time. */
export const retryAfter = (failures: number): number => Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), REFRESH_MS);

/** Metadata that is kept by its address. What cannot be read changes nothing, and is shown on the connection. */
export class MetadataRefresh {
  constructor(
    private readonly database: Database,
    private readonly setup: ConnectionSetup,
    private readonly http: OutboundHttp,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  timer(everyMs = 30_000): Timer {
    return {
      name: 'saml-metadata',
      everyMs,
      run: async (tx) => {
        const due = await tx.query<Due>(
          `UPDATE saml_connections SET refresh_due_at = $1::timestamptz + interval '${LEASE}'
           WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM (${DUE}) due) AND refresh_due_at <= $1 RETURNING tenant_id, id`,
          [this.clock.now()],
        );
        // The network is asked after the commit: the lease says that it is being done.
        return () =>
          forEachRow(this.log, 'saml-metadata', due, (tenantId, { id }) => this.refresh(tenantId, CLOCK, id));
      },
    };
  }

  /** Reads the metadata now. Returns what is wrong with it, or null. */
  async refresh(tenantId: string, by: Actor, id: string): Promise<string | null> {
    const row = await this.database.transaction(tenantId, (tx) =>
      tx.repository(SamlConnectionRow).findOneBy({ tenantId, id }),
    );
    if (row?.deletedAt !== null || row.metadataUrl === null) return null;
    const { metadataUrl, idpEntityId } = row;
    try {
      const xml = await fetchMetadata(this.http, metadataUrl);
      const read = parseIdpMetadata(xml, { entityId: idpEntityId, now: this.clock.now() });
      const { warnings = [] } = read;
      if (warnings.length > 0) this.log.warn({ event: 'saml.metadata_keys_unused', connectionId: id, warnings });
      await this.succeeded(tenantId, by, row, { ...read, metadataUrl });
      return null;
    } catch (error) {
      if (!(error instanceof IdpMetadataError)) throw error;
      this.log.info({ event: 'saml.metadata_refused', connectionId: id, reason: loggedReason(error) });
      await this.failed(tenantId, by, id, error.message);
      return error.message;
    }
  }

  private async succeeded(tenantId: string, by: Actor, seen: SamlConnectionRow, idp: IdpValues): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const row = await lockConnection(tx, seen.id);
      // Somebody has given another address meanwhile: what this one says is of no interest any more.
      if (row.metadataUrl !== seen.metadataUrl) return;
      if (changes(row, idp)) return this.setup.replaceIdp(tx, by, seen.id, idp);
      const now = this.clock.now();
      await tx.repository(SamlConnectionRow).update(
        { tenantId, id: seen.id },
        {
          refreshedAt: now,
          refreshDueAt: new Date(now.getTime() + REFRESH_MS),
          refreshFailures: 0,
          refreshError: null,
        },
      );
    });
  }

  private async failed(tenantId: string, by: Actor, id: string, reason: string): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const { refreshFailures } = await lockConnection(tx, id);
      const now = this.clock.now();
      const failures = refreshFailures + 1;
      await tx.repository(SamlConnectionRow).update(
        { tenantId, id },
        {
          refreshFailures: failures,
          refreshError: reason,
          refreshDueAt: new Date(now.getTime() + retryAfter(failures)),
        },
      );
      if (failures === 1) await tellOfConnection(tx, by, now, id, 'metadata_failed', { reason });
    });
  }
}

/** Whether metadata says anything else than what is kept; a certificate that is still in its grace is no news. */
function changes(row: SamlConnectionRow, idp: IdpValues): boolean {
  const { ssoUrl, ssoBinding, sloUrl, sloBinding, sloResponseUrl } = idp;
  return (
    keysChange(row, idp) ||
    row.ssoUrl !== ssoUrl ||
    row.ssoBinding !== ssoBinding ||
    (idp.wantAuthnRequestsSigned && !row.signRequests) ||
    row.sloUrl !== (sloUrl ?? null) ||
    (sloBinding !== undefined && row.sloBinding !== sloBinding) ||
    row.sloResponseUrl !== (sloResponseUrl ?? null)
  );
}

function keysChange(row: SamlConnectionRow, { certificates, warnings = [] }: IdpValues): boolean {
  const published = row.certificates.filter(({ goneSince }) => goneSince === undefined).map(({ pem }) => pem);
  return (
    !sameJson(row.metadataWarnings, warnings) ||
    published.length !== certificates.length ||
    certificates.some((pem) => !published.includes(pem))
  );
}
