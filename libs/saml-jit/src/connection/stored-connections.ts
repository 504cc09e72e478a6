import { Clock, Database, Secret, SecretBox, type Config, type Log, loggedReason } from '@tenure/platform';
import { sealedFor } from './connection-keys.js';
import { goodCertificates } from '../protocol/roll-certificates.js';
import { SamlConnections, type SamlConnection } from '../protocol/saml-connection.js';
import type { SamlConnectionRow, SamlKeyRow } from './saml-connection.entity.js';

/** Where the IdP's admin finds us. */
export interface ConnectionUrls {
  readonly entityId: string;
  readonly metadataUrl: string;
  readonly loginUrl: string;
  readonly acsUrl: string;
  readonly sloUrl: string;
}

export const connectionUrls = (publicUrl: string, id: string): ConnectionUrls => {
  const base = `${publicUrl}/saml/${id}`;
  return {
    entityId: `${base}/metadata`,
    metadataUrl: `${base}/metadata`,
    loginUrl: `${base}/login`,
    acsUrl: `${base}/acs`,
    sloUrl: `${base}/slo`,
  };
};

type FoundKey = Pick<SamlKeyRow, 'id' | 'purpose' | 'state' | 'certificate'> & { readonly sealed: string };
interface FoundConnection extends Omit<SamlConnectionRow, 'metadataReadAt' | 'loginBegunAt' | 'metadataWarnings'> {
  readonly keys: readonly FoundKey[] | null;
}

/** A connection and its keys in one round trip: every login begins with it. */
const LOOK_UP = `SELECT c.tenant_id AS "tenantId", c.id, c.idp_entity_id AS "idpEntityId", c.sso_url AS "ssoUrl", c.sso_binding AS "ssoBinding",
    c.slo_url AS "sloUrl", c.slo_binding AS "sloBinding", c.slo_response_url AS "sloResponseUrl", c.certificates, c.want_signed AS "wantSigned", c.clock_skew_ms AS "clockSkewMs",
    c.sign_requests AS "signRequests", c.name_id_format AS "nameIdFormat", c.force_authn AS "forceAuthn",
    c.authn_context AS "authnContext", c.idp_initiated AS "idpInitiated", c.encryption, c.disabled_at AS "disabledAt",
    (SELECT jsonb_agg(jsonb_build_object('id', k.id, 'purpose', k.purpose, 'state', k.state, 'certificate', k.certificate,
       'sealed', encode(k.sealed_key, 'base64')) ORDER BY k.state, k.created_at)
     FROM saml_keys k WHERE k.tenant_id = c.tenant_id AND k.connection_id = c.id AND k.state <> 'retired') AS keys
  FROM saml_connections c WHERE c.id = $1 AND c.deleted_at IS NULL`;

/** Connections as kept in PostgreSQL. */
export class StoredConnections extends SamlConnections {
  private readonly noted = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    super();
  }

  override async load(id: string): Promise<SamlConnection | null> {
    const row = await this.database.lookUp<FoundConnection>(LOOK_UP, id);
    return row && this.open(row);
  }

  /**
   * The first time that our metadata is read, or that a login is begun: whoever sets it up sees how far it is. A note that
   * cannot be written now is written the next time: nobody is refused for it.
   */
  async note({ id, tenantId }: SamlConnection, step: 'metadata_read_at' | 'login_begun_at'): Promise<void> {
    if (this.noted.has(`${step} ${id}`)) return;
    try {
      if (await this.write(tenantId, id, step)) this.noted.add(`${step} ${id}`);
    } catch (error) {
      this.log.warn({ event: 'saml.step_not_noted', connectionId: id, step, reason: loggedReason(error) });
    }
  }

  /** Says whether it is noted now. A row that is locked is left alone: no browser waits for a note. */
  private async write(tenantId: string, id: string, step: string): Promise<boolean> {
    const [row] = await this.database.transaction(tenantId, (tx) =>
      tx.query<{ noted: boolean }>(
        `WITH free AS (SELECT id FROM saml_connections WHERE tenant_id = $1 AND id = $2 AND ${step} IS NULL FOR NO KEY UPDATE SKIP LOCKED),
           done AS (UPDATE saml_connections c SET ${step} = $3 FROM free WHERE c.tenant_id = $1 AND c.id = free.id RETURNING c.id)
         SELECT EXISTS (SELECT FROM done) OR EXISTS (
           SELECT FROM saml_connections WHERE tenant_id = $1 AND id = $2 AND ${step} IS NOT NULL) AS noted`,
        [tenantId, id, this.clock.now()],
      ),
    );
    return row?.noted === true;
  }

  private open(row: FoundConnection): SamlConnection {
    const { entityId, acsUrl, sloUrl } = connectionUrls(this.config.publicUrl, row.id);
    const { id, tenantId, idpEntityId, ssoUrl, ssoBinding, wantSigned, clockSkewMs } = row;
    const { signRequests, forceAuthn, idpInitiated } = row;
    return {
      ...{ id, tenantId, entityId, acsUrl, sloUrl, idpEntityId, ssoUrl, ssoBinding, wantSigned, clockSkewMs },
      ...{ signRequests, forceAuthn, idpInitiated, encryption: row.encryption, disabled: row.disabledAt !== null },
      certificates: goodCertificates(row.certificates, this.clock.now()),
      ...(row.sloUrl !== null && {
        idpSloUrl: row.sloUrl,
        idpSloBinding: row.sloBinding,
        idpSloResponseUrl: row.sloResponseUrl ?? row.sloUrl,
      }),
      ...(row.nameIdFormat !== null && { nameIdFormat: row.nameIdFormat }),
      ...(row.authnContext !== null && { authnContext: row.authnContext }),
      ...this.keysOf(row),
    };
  }

  private keysOf({
    id,
    keys,
    encryption,
  }: FoundConnection): Pick<SamlConnection, 'signing' | 'decryption' | 'published'> {
    const of = (purpose: FoundKey['purpose']): FoundKey[] => (keys ?? []).filter((key) => key.purpose === purpose);
    const secret = (key: FoundKey): Secret =>
      new Secret(this.box.open(Buffer.from(key.sealed, 'base64'), sealedFor(id, key.id)));
    const active = of('signing').find(({ state }) => state === 'active');
    const decrypting = encryption === 'off' ? [] : of('encryption');
    const shown = (list: readonly FoundKey[]): string[] => list.map(({ certificate }) => certificate);
    return {
      ...(active && { signing: { privateKey: secret(active), certificate: active.certificate } }),
      decryption: decrypting.map(secret),
      published: { signing: shown(of('signing')), encryption: shown(decrypting) },
    };
  }
}
