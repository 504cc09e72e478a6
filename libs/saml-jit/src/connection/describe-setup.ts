import type { ConnectionUrls } from './stored-connections.js';
import type { WantSigned } from '../protocol/saml-connection.js';

/** What to enter at an identity provider, and how the connection is set for it. */
export interface SamlSetup {
  readonly preset: SamlPreset;
  /** What the connection should be set to; the IdP's own default, wherever that is safe. */
  readonly recommended: { readonly wantSigned: WantSigned; readonly nameIdFormat: string | null };
  /** Exact values to paste, under the names that the IdP's pages give them. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** Attribute of the person → the name under which this IdP sends it. */
  readonly claims: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const IDENTITY_CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
const MICROSOFT_CLAIMS = 'http://schemas.microsoft.com/identity/claims/';
const SHORT = { email: 'email', givenName: 'firstName', familyName: 'lastName', groups: 'groups' };
const WINDOWS = {
  email: `${IDENTITY_CLAIMS}emailaddress`,
  givenName: `${IDENTITY_CLAIMS}givenname`,
  familyName: `${IDENTITY_CLAIMS}surname`,
};

interface Preset extends Omit<SamlSetup, 'preset' | 'fields'> {
  /** Field of the IdP → which of our addresses, or a fixed text. */
  readonly fields: readonly (readonly [name: string, value: keyof ConnectionUrls | { readonly text: string }])[];
}

const PRESETS = {
  okta: {
    recommended: { wantSigned: 'both', nameIdFormat: null },
    fields: [
      ['Single sign-on URL', 'acsUrl'],
      ['Audience URI (SP Entity ID)', 'entityId'],
      ['Single Logout URL', 'sloUrl'],
      ['SP Issuer', 'entityId'],
      ['Application username', { text: 'Okta username' }],
    ],
    claims: SHORT,
    notes: [
      'No attribute is sent until it is listed under "Attribute Statements"; groups are a "Group Attribute Statement" with a filter.',
      'The application username can change: name an immutable attribute as the key, or leave usernames alone.',
      'A start from the Okta dashboard begins at the IdP: switch idpInitiated on to allow it.',
    ],
  },
  entra: {
    recommended: { wantSigned: 'assertion', nameIdFormat: null },
    fields: [
      ['Identifier (Entity ID)', 'entityId'],
      ['Reply URL (Assertion Consumer Service URL)', 'acsUrl'],
      ['Sign on URL', 'loginUrl'],
      ['Logout Url', 'sloUrl'],
    ],
    claims: {
      ...WINDOWS,
      displayName: `${MICROSOFT_CLAIMS}displayname`,
      key: `${MICROSOFT_CLAIMS}objectidentifier`,
      groups: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    },
    notes: [
      'Only the assertion is signed, unless "Sign SAML response and assertion" is chosen.',
      'Take the object identifier as the key: the NameID is the user principal name, which can change.',
      'Somebody in more than 150 groups comes without them; that is taken as unknown, not as none.',
      'Leave authnContext off: logins without a password would fail with AADSTS75011.',
    ],
  },
  google: {
    recommended: { wantSigned: 'assertion', nameIdFormat: EMAIL },
    fields: [
      ['ACS URL', 'acsUrl'],
      ['Entity ID', 'entityId'],
      ['Start URL', 'loginUrl'],
      ['Name ID format', { text: 'EMAIL' }],
      ['Name ID', { text: 'Basic Information > Primary email' }],
    ],
    claims: SHORT,
    notes: [
      'With "Signed response" the Response is signed and the assertion is not: set wantSigned to "response" then.',
      'There is no single logout. A start from the app launcher begins at the IdP: switch idpInitiated on to allow it.',
    ],
  },
  onelogin: {
    recommended: { wantSigned: 'assertion', nameIdFormat: null },
    fields: [
      ['Audience (EntityID)', 'entityId'],
      ['Recipient', 'acsUrl'],
      ['ACS (Consumer) URL', 'acsUrl'],
      ['ACS (Consumer) URL Validator', 'acsUrl'],
      ['Single Logout URL', 'sloUrl'],
      ['Login URL', 'loginUrl'],
    ],
    claims: SHORT,
    notes: [
      'The validator is a regular expression: escape the dots of the address.',
      'Choose SHA-256 as the signature algorithm.',
    ],
  },
  adfs: {
    recommended: { wantSigned: 'assertion', nameIdFormat: null },
    fields: [
      ['Federation metadata address (relying party trust)', 'metadataUrl'],
      ['Relying party trust identifier', 'entityId'],
      ['Relying party SAML 2.0 SSO service URL', 'acsUrl'],
      ['SAML logout endpoint', 'sloUrl'],
    ],
    claims: { ...WINDOWS, userName: `${IDENTITY_CLAIMS}upn`, groups: 'http://schemas.xmlsoap.org/claims/Group' },
    notes: [
      'No NameID is sent until a claim rule issues one, such as "Transform an Incoming Claim" from UPN to Name ID.',
      'Leave nameIdFormat empty: a format that no rule issues fails with MSIS7070.',
      'The assertion alone is signed, unless SamlResponseSignature is MessageAndAssertion.',
    ],
  },
  keycloak: {
    recommended: { wantSigned: 'response', nameIdFormat: PERSISTENT },
    fields: [
      ['Client ID', 'entityId'],
      ['Valid redirect URIs', 'acsUrl'],
      ['Master SAML Processing URL', 'acsUrl'],
      ['Logout Service Redirect Binding URL', 'sloUrl'],
      ['Force name ID format', { text: 'On, with Name ID format "persistent"' }],
    ],
    claims: { ...SHORT, groups: 'Role' },
    notes: [
      '"Sign documents" signs the Response; with "Sign assertions" as well, set wantSigned to "both".',
      'Each role is an attribute element of its own; they are put together here.',
      'With "Client signature required" set signRequests, and import our certificate.',
    ],
  },
  jumpcloud: {
    recommended: { wantSigned: 'assertion', nameIdFormat: EMAIL },
    fields: [
      ['SP Entity ID', 'entityId'],
      ['ACS URLs', 'acsUrl'],
      ['Login URL', 'loginUrl'],
      ['SAMLSubject NameID', { text: 'email' }],
      ['Signature Algorithm', { text: 'RSA-SHA256' }],
    ],
    claims: SHORT,
    notes: ['The IdP Entity ID is free text: choose one that no other organisation has.'],
  },
  ping: {
    recommended: { wantSigned: 'assertion', nameIdFormat: PERSISTENT },
    fields: [
      ['ACS URLs', 'acsUrl'],
      ['Entity ID', 'entityId'],
      ['SLO Endpoint', 'sloUrl'],
      ['SLO Response Endpoint', 'sloUrl'],
      ['Signing Key', { text: 'Sign Assertion, RSA_SHA256' }],
    ],
    claims: SHORT,
    notes: ['Map saml_subject to "User ID": it does not change.'],
  },
  generic: {
    recommended: { wantSigned: 'both', nameIdFormat: PERSISTENT },
    fields: [
      ['Metadata of the service provider', 'metadataUrl'],
      ['Entity ID, audience', 'entityId'],
      ['Assertion Consumer Service (HTTP-POST), recipient, destination', 'acsUrl'],
      ['Single Logout Service (HTTP-Redirect, HTTP-POST)', 'sloUrl'],
      ['Where logins begin', 'loginUrl'],
    ],
    claims: SHORT,
    notes: ['Signatures and digests are SHA-256 or SHA-512; SHA-1 is refused.', 'A transient NameID is nobody’s key.'],
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type SamlPreset = keyof typeof PRESETS;
export const SAML_PRESETS = Object.keys(PRESETS) as SamlPreset[];

/** The guide for one kind of IdP, with this connection's own addresses in it. */
export function describeSamlSetup(preset: SamlPreset, urls: ConnectionUrls): SamlSetup {
  const { recommended, fields, claims, notes }: Preset = PRESETS[preset];
  return {
    preset,
    recommended,
    fields: fields.map(([name, value]) => ({ name, value: typeof value === 'string' ? urls[value] : value.text })),
    claims,
    notes,
  };
}
