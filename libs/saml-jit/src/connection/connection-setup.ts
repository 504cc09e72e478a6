import { Clock, Refusal, type Tx } from '@tenure/platform';
import { tellSessionsEnded, type Actor } from '@tenure/journal';
import { Retirements, Sources } from '@tenure/identity';
import { endSessionsThrough } from '@tenure/tenancy';
import { livingKeys, lockConnection, nextWarningOf, tellOfConnection } from './connection-rows.js';
import { ConnectionKeys } from './connection-keys.js';
import type { SigningKey } from '../protocol/create-signing-key.js';
import { rollCertificates } from '../protocol/roll-certificates.js';
import type { WantSigned } from '../protocol/saml-connection.js';
import type { IdpValues } from './read-idp.js';
import { SamlConnectionRow, SamlKeyRow } from './saml-connection.entity.js';

/** What an administrator may change of a connection at any time. */
export type ConnectionSettings = Pick<
  SamlConnectionRow,
  | 'wantSigned'
  | 'nameIdFormat'
  | 'forceAuthn'
  | 'authnContext'
  | 'clockSkewMs'
  | 'idpInitiated'
  | 'encryption'
  | 'signRequests'
>;

export interface NewConnection {
  readonly name: string;
  readonly idp: IdpValues;
  readonly wantSigned: WantSigned;
  readonly settings?: Partial<ConnectionSettings>;
}

/** Metadata is read again so often; after a failure sooner, and then ever later. */
export const REFRESH_MS = 6 * 60 * 60_000;

/** Making connections and changing them. */
export class ConnectionSetup {
  constructor(
    private readonly sources: Sources,
    private readonly retirements: Retirements,
    private readonly keys: ConnectionKeys,
    private readonly clock: Clock,
  ) {}

  /** A connection and its source. */
  async create(tx: Tx, by: Actor, input: NewConnection, keys: readonly SigningKey[]): Promise<string> {
    const now = this.clock.now();
    const { id } = await this.sources.create(tx, by, now, { kind: 'saml', name: input.name });
    const { wantAuthnRequestsSigned: signRequests } = input.idp;
    const certificates = input.idp.certificates.map((pem) => ({ pem }));
    await tx.repository(SamlConnectionRow).insert({
      tenantId: tx.tenantId,
      id,
      ...idpColumns(input.idp, now),
      certificates,
      signRequests,
      wantSigned: input.wantSigned,
      ...input.settings,
      warnAt: nextWarningOf(certificates, keys, now),
      createdAt: now,
    });
    await this.keys.begin(tx, id, keys);
    return id;
  }

  /** Changes what is given; what is left out stays. */
  async change(tx: Tx, by: Actor, id: string, change: Partial<ConnectionSettings & { name: string }>): Promise<void> {
    const row = await lockConnection(tx, id);
    const { name, ...settings } = change;
    const { tenantId } = tx;
    if (Object.keys(settings).length > 0) await tx.repository(SamlConnectionRow).update({ tenantId, id }, settings);
    if (name !== undefined)
      await tx.query('UPDATE sources SET name = $3 WHERE tenant_id = $1 AND id = $2', [tenantId, id, name]);
    const before = Object.fromEntries(Object.keys(settings).map((key) => [key, row[key as keyof SamlConnectionRow]]));
    await tellOfConnection(tx, by, this.clock.now(), id, 'changed', { before, after: change });
  }

  /** New values of the same IdP. People are known by (connection, NameID): another IdP needs a connection of its own. */
  async replaceIdp(tx: Tx, by: Actor, id: string, idp: IdpValues): Promise<void> {
    const row = await lockConnection(tx, id);
    if (row.idpEntityId !== idp.entityId)
      throw new Refusal(
        'idp_is_another',
        `These are values of ${idp.entityId}, but this connection is to ${row.idpEntityId}; make a new connection.`,
      );
    const now = this.clock.now();
    const certificates = rollCertificates(row.certificates, idp.certificates, now);
    const signRequests = row.signRequests || idp.wantAuthnRequestsSigned;
    const columns = { ...idpColumns(idp, now), certificates, signRequests, warnAt: now };
    await tx.repository(SamlConnectionRow).update({ tenantId: tx.tenantId, id }, columns);
    await tellOfConnection(tx, by, now, id, 'idp_changed', idpFacts(idp));
  }

  /** Whoever comes through a connection that is off is refused, and the sessions that it opened end. */
  async setEnabled(tx: Tx, by: Actor, id: string, enabled: boolean): Promise<void> {
    const row = await lockConnection(tx, id);
    if ((row.disabledAt === null) === enabled) return;
    const now = this.clock.now();
    await tx.repository(SamlConnectionRow).update({ tenantId: tx.tenantId, id }, { disabledAt: enabled ? null : now });
    const sessions = enabled ? 0 : await endAllSessions(tx, by, id, now);
    await tellOfConnection(tx, by, now, id, enabled ? 'enabled' : 'disabled', { sessions });
  }

  /** Its sessions and keys end, its source retires; what it said of people stays until somebody releases them. */
  async remove(tx: Tx, by: Actor, id: string): Promise<void> {
    await lockConnection(tx, id);
    const { tenantId } = tx;
    const now = this.clock.now();
    const sessions = await endAllSessions(tx, by, id, now);
    for (const { id: keyId } of await livingKeys(tx, id))
      await tx
        .repository(SamlKeyRow)
        .update({ tenantId, connectionId: id, id: keyId }, { state: 'retired', sealedKey: null, retiredAt: now });
    await tx
      .repository(SamlConnectionRow)
      .update({ tenantId, id }, { deletedAt: now, refreshDueAt: null, warnAt: null });
    await tellOfConnection(tx, by, now, id, 'deleted', { sessions });
    await this.retireSource(tx, by, id);
  }

  private async retireSource(tx: Tx, by: Actor, id: string): Promise<void> {
    const [source] = await tx.query<{ retired: boolean }>(
      'SELECT retired_at IS NOT NULL AS retired FROM sources WHERE tenant_id = $1 AND id = $2',
      [tx.tenantId, id],
    );
    if (source?.retired === false) await this.retirements.retire(tx, by, id, 'keep', 'Its connection was deleted.');
  }
}

async function endAllSessions(tx: Tx, by: Actor, id: string, now: Date): Promise<number> {
  const ended = await endSessionsThrough(tx, id, now);
  await tellSessionsEnded(tx, by, now, ended, 'connection_off');
  return ended.length;
}

/** What the journal keeps of an IdP's values. */
export const idpFacts = ({ entityId, ssoUrl, ssoBinding, sloUrl, sloBinding, certificates }: IdpValues): object => ({
  entityId,
  ssoUrl,
  ssoBinding,
  sloUrl,
  sloBinding,
  certificates: certificates.length,
});

const idpColumns = (idp: IdpValues, now: Date): Partial<SamlConnectionRow> => ({
  idpEntityId: idp.entityId,
  ssoUrl: idp.ssoUrl,
  ssoBinding: idp.ssoBinding,
  sloUrl: idp.sloUrl ?? null,
  sloBinding: idp.sloBinding ?? 'HTTP-Redirect',
  sloResponseUrl: idp.sloResponseUrl ?? null,
  metadataUrl: idp.metadataUrl ?? null,
  refreshDueAt: idp.metadataUrl === undefined ? null : new Date(now.getTime() + REFRESH_MS),
  refreshedAt: idp.metadataUrl === undefined ? null : now,
  refreshFailures: 0,
  refreshError: null,
  metadataWarnings: idp.warnings ?? [],
});
