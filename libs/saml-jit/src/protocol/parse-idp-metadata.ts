import { BINDINGS, type Binding } from './outbound-message.js';
import { readSigningKeys } from './read-signing-keys.js';
import { dateTimeOf } from './saml-time.js';
import { allBelow, attributeOf, childrenOf, isNamed, NS, parseXml } from './xml.js';

/** What an IdP says of itself. */
export interface IdpMetadata {
  readonly entityId: string;
  readonly ssoUrl: string;
  /** HTTP-Redirect where the IdP takes both. */
  readonly ssoBinding: Binding;
  /** An IdP that has none is not told of logouts. */
  readonly sloUrl?: string;
  readonly sloBinding?: Binding;
  readonly sloResponseUrl?: string;
  /** PEM, each once. */
  readonly certificates: readonly string[];
  readonly wantAuthnRequestsSigned: boolean;
  /** What there is of it that cannot be used, for the admin; absent where there is nothing. */
  readonly warnings?: readonly string[];
}

/** Metadata that cannot be used; the message tells an admin what to do. */
export class IdpMetadataError extends Error {}

const MAX_CHARACTERS = 1024 * 1024;

/** Reads IdP metadata. `entityId` chooses one where the file describes several. */
export function parseIdpMetadata(
  xml: string,
  { entityId, now = new Date() }: { entityId?: string; now?: Date } = {},
): IdpMetadata {
  const entity = chooseEntity(parseSafely(xml), entityId);
  assertCurrent(entity, now);
  const idps = childrenOf(entity, NS.metadata, 'IDPSSODescriptor').filter(speaksSaml2);
  const idp = idps.find((one) => isCurrent(one, now)) ?? idps[0];
  if (!idp) throw new IdpMetadataError('The metadata describes no SAML 2.0 identity provider (IDPSSODescriptor).');
  assertCurrent(idp, now);
  const sso = endpointOf(idp, 'SingleSignOnService');
  if (!sso)
    throw new IdpMetadataError(
      'The metadata has no SingleSignOnService with HTTP-Redirect or HTTP-POST and an http(s) address.',
    );
  const slo = endpointOf(idp, 'SingleLogoutService');
  const { certificates, warnings } = certificatesOf(idp);
  return {
    entityId: attributeOf(entity, 'entityID') ?? '',
    ssoUrl: sso.url,
    ssoBinding: sso.binding,
    ...(slo && { sloUrl: slo.url, sloBinding: slo.binding }),
    ...(slo?.responseUrl !== undefined && { sloResponseUrl: slo.responseUrl }),
    certificates,
    ...(warnings.length > 0 && { warnings }),
    wantAuthnRequestsSigned: ['true', '1'].includes(attributeOf(idp, 'WantAuthnRequestsSigned') ?? ''),
  };
}

/** Metadata §2.3.1, §2.3.2, §2.4.1: the end of an element is that of everything in it. */
function assertCurrent(element: Element, now: Date): void {
  for (let one: Node | null = element; one !== null && one.nodeType === element.nodeType; one = one.parentNode) {
    const validUntil = attributeOf(one as Element, 'validUntil');
    if (validUntil === undefined) continue;
    const end = dateTimeOf(validUntil);
    if (end === undefined)
      throw new IdpMetadataError('The metadata has a validUntil that is not a date with a time (xs:dateTime).');
    if (end <= now.getTime())
      throw new IdpMetadataError('The metadata has expired (validUntil). Download it again from the IdP.');
  }
}

function isCurrent(element: Element, now: Date): boolean {
  const validUntil = attributeOf(element, 'validUntil');
  return validUntil === undefined || (dateTimeOf(validUntil) ?? 0) > now.getTime();
}

function parseSafely(xml: string): Element {
  if (xml.length > MAX_CHARACTERS)
    throw new IdpMetadataError('The metadata is larger than 1 MB. Upload that of one IdP, not of a federation.');
  if (/<!(?!--)/.test(xml))
    throw new IdpMetadataError('The metadata has a document type or a CDATA section, which is not allowed.');
  try {
    return parseXml(xml.replace(/^\ufeff/, '').trimStart());
  } catch (error) {
    throw new IdpMetadataError('The metadata is not well-formed XML.', { cause: error });
  }
}

function chooseEntity(root: Element, wanted: string | undefined): Element {
  const entities = isNamed(root, NS.metadata, 'EntityDescriptor')
    ? [root]
    : allBelow(root, 'EntityDescriptor').filter((e) => isNamed(e, NS.metadata, 'EntityDescriptor'));
  const candidates =
    wanted === undefined
      ? entities.filter((e) => childrenOf(e, NS.metadata, 'IDPSSODescriptor').length > 0)
      : entities.filter((e) => attributeOf(e, 'entityID') === wanted);
  const [entity, ...more] = candidates;
  if (entity && more.length > 0) {
    throw new IdpMetadataError(
      `The metadata describes several identity providers: choose one by its entity id. Found: ${candidates
        .slice(0, 10)
        .map((e) => attributeOf(e, 'entityID') ?? '?')
        .join(', ')}`,
    );
  }
  if (!entity)
    throw new IdpMetadataError(
      wanted === undefined
        ? 'The metadata describes no identity provider.'
        : `The metadata does not describe ${wanted}.`,
    );
  const id = attributeOf(entity, 'entityID') ?? '';
  if (id === '' || id.length > 1024 || id !== id.trim())
    throw new IdpMetadataError('The metadata has no usable entityID.');
  return entity;
}

function speaksSaml2(idp: Element): boolean {
  return (attributeOf(idp, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(NS.protocol);
}

interface Endpoint {
  readonly url: string;
  readonly responseUrl?: string;
  readonly binding: Binding;
}

function endpointOf(idp: Element, service: string): Endpoint | undefined {
  const endpoints = childrenOf(idp, NS.metadata, service);
  for (const binding of BINDINGS) {
    const endpoint = endpoints.find(
      (e) => attributeOf(e, 'Binding') === `urn:oasis:names:tc:SAML:2.0:bindings:${binding}`,
    );
    const url = attributeOf(endpoint, 'Location');
    const responseUrl = attributeOf(endpoint, 'ResponseLocation');
    if (url !== undefined && isWebAddress(url))
      return { url, binding, ...(responseUrl !== undefined && isWebAddress(responseUrl) && { responseUrl }) };
  }
  return undefined;
}

/** An http(s) address without a name or password in it. */
export function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['https:', 'http:'].includes(protocol) && username === '' && password === '';
}

/** The signing certificates. Their dates are not looked at: trust comes from the metadata, not from an issuer. */
function certificatesOf(idp: Element): { certificates: readonly string[]; warnings: readonly string[] } {
  const keys = childrenOf(idp, NS.metadata, 'KeyDescriptor').filter(
    (key) => (attributeOf(key, 'use') ?? 'signing') === 'signing',
  );
  const read = readSigningKeys(keys);
  if (read.certificates.length > 0) return read;
  const [reason] = read.warnings;
  throw new IdpMetadataError(
    reason === undefined
      ? 'The metadata has no signing certificate (KeyDescriptor use="signing").'
      : `In the metadata: ${reason}`,
  );
}
