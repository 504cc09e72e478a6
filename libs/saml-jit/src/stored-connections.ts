import { Database, Refusal, Secret, SecretBox, type Config, type Tx } from '@tenure/platform';
import { Sources } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { IdpMetadataError, parseIdpMetadata, type IdpMetadata } from './protocol/parse-idp-metadata.js';
import { SamlConnections, type SamlConnection, type WantSigned } from './protocol/saml-connection.js';
import { SamlConnectionRow } from './saml-connection.entity.js';

export interface NewConnection {
  readonly name: string;
  readonly idpMetadataXml: string;
  readonly wantSigned: WantSigned;
}

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

/** Connections as kept in PostgreSQL. */
export class StoredConnections extends SamlConnections {
  constructor(
    private readonly database: Database,
    private readonly sources: Sources,
    private readonly box: SecretBox,
    private readonly config: Config,
  ) {
    super();
  }

  async create(tx: Tx, by: Actor, at: Date, input: NewConnection): Promise<{ id: string } & ConnectionUrls> {
    const metadata = readMetadata(input.idpMetadataXml, at);
    const { id } = await this.sources.create(tx, by, at, { kind: 'saml', name: input.name });
    await tx.repository(SamlConnectionRow).insert({
      tenantId: tx.tenantId,
      id,
      idpEntityId: metadata.entityId,
      ssoUrl: metadata.ssoUrl,
      sloUrl: metadata.sloUrl ?? null,
      certificates: metadata.certificates,
      wantSigned: input.wantSigned,
    });
    return { id, ...connectionUrls(this.config.publicUrl, id) };
  }

  override async load(id: string): Promise<SamlConnection | null> {
    const row = await this.database.asSystem((tx) => tx.repository(SamlConnectionRow).findOneBy({ id }));
    if (row === null) return null;
    const { entityId, acsUrl } = connectionUrls(this.config.publicUrl, id);
    const { tenantId, idpEntityId, ssoUrl, certificates, wantSigned, clockSkewMs, sealedKey, certificate } = row;
    const signing =
      sealedKey && certificate
        ? { signing: { privateKey: new Secret(this.box.open(sealedKey, `saml:${id}`)), certificate } }
        : {};
    return { id, tenantId, entityId, acsUrl, idpEntityId, ssoUrl, certificates, wantSigned, clockSkewMs, ...signing };
  }
}

function readMetadata(xml: string, now: Date): IdpMetadata {
  try {
    return parseIdpMetadata(xml, { now });
  } catch (error) {
    if (!(error instanceof IdpMetadataError)) throw error;
    throw new Refusal('unprocessable', 'idp_metadata_invalid', error.message, [
      { path: 'idpMetadataXml', message: error.message },
    ]);
  }
}
