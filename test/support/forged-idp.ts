import { createSigningKey, type SigningKey } from '../../libs/saml-jit/src/protocol/create-signing-key.js';
import {
  authnStatementXml,
  element,
  formOf,
  forgeResponse,
  goodParts,
  subjectXml,
} from '../../libs/saml-jit/src/test-kit/forge-response.js';
import type { AcsForm } from '../../libs/saml-jit/src/test-kit/start-saml-idp.js';
import { testConnection } from '../../libs/saml-jit/src/test-kit/test-connection.js';
import { randomUUID } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { Client } from './client.js';
import { Browser, type CreatedConnection } from './saml-browser.js';

/** Whatever an IdP may say of somebody. */
export interface ForgedLogin {
  readonly nameId: string;
  readonly nameIdFormat?: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  /** Changes the signed message, so that its signature is wrong. */
  readonly spoiled?: boolean;
  readonly sessionNotOnOrAfter?: string;
}

/** Making one takes long; whose it is, its entity id says. */
const keyOfAll = createSigningKey('forged');
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

/** An identity provider that says what a test wants said, signed as it should be. It has no pages. */
export class ForgedIdp {
  private constructor(
    private readonly key: SigningKey,
    private readonly entityId: string,
    readonly connection: CreatedConnection,
  ) {}

  static async connect(api: Client, name = 'Forged'): Promise<ForgedIdp> {
    const key = await keyOfAll;
    const entityId = `urn:test:${randomUUID()}`;
    const idpMetadataXml = metadataOf(entityId, key);
    const connection = await api.made<CreatedConnection>('/api/v1/saml-connections', { name, idpMetadataXml });
    return new ForgedIdp(key, entityId, connection);
  }

  /** The answer to a login that our page began. */
  logIn(redirectUrl: string, user: ForgedLogin): Promise<AcsForm> {
    const query = new URL(redirectUrl).searchParams;
    const request = inflateRawSync(Buffer.from(query.get('SAMLRequest') ?? '', 'base64')).toString();
    const requestId = / ID="([^"]+)"/.exec(request)?.[1] ?? '';
    const { acsUrl, entityId } = this.connection;
    const toward = testConnection(this.key.certificate, 'both', { acsUrl, entityId, idpEntityId: this.entityId });
    const format = user.nameIdFormat ?? PERSISTENT;
    const parts = {
      ...goodParts(toward, requestId),
      subject: subjectXml(toward, requestId, { nameId: element('saml:NameID', { Format: format }, user.nameId) }),
      attributes: attributesXml(user.attributes ?? {}),
      ...(user.sessionNotOnOrAfter && {
        authnStatement: authnStatementXml({ SessionNotOnOrAfter: user.sessionNotOnOrAfter }),
      }),
    };
    const xml = forgeResponse(parts, 'both', this.key);
    const { SAMLResponse } = formOf(user.spoiled === true ? xml.replace(`>${user.nameId}<`, `>${user.nameId}x<`) : xml);
    return Promise.resolve({ action: acsUrl, SAMLResponse, RelayState: query.get('RelayState') ?? '' });
  }

  browser(client: Client): Browser<ForgedLogin> {
    return new Browser(client, this.connection, this);
  }
}

const attributesXml = (attributes: Readonly<Record<string, readonly string[]>>): string => {
  const written = Object.entries(attributes).map(([name, values]) =>
    element(
      'saml:Attribute',
      { Name: name },
      values.map((value) => element('saml:AttributeValue', {}, value)).join(''),
    ),
  );
  return written.length === 0 ? '' : element('saml:AttributeStatement', {}, written.join(''));
};

const metadataOf = (entityId: string, { certificate }: SigningKey): string => {
  const base64 = certificate.replaceAll(/-----[^-]+-----|\s/g, '');
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
</md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>`;
};
