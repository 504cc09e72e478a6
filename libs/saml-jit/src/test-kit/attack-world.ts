import type { SigningKey } from '../protocol/create-signing-key.js';
import type { SamlConnection, WantSigned } from '../protocol/saml-connection.js';
import * as forge from './forge-response.js';

/** What an attacker has: a good login's answer, and whatever can be made of it; for some, the IdP's own key. */
export interface AttackWorld {
  readonly connection: SamlConnection;
  readonly requestId: string;
  readonly idp: SigningKey;
  readonly attacker: SigningKey;
  /** The certificate that anybody can encrypt for. */
  readonly encryptionCertificate: string;
  /** A good answer, signed as the connection wants it; the same each time. */
  readonly good: string;
}

/** One hostile form: its name, and what is posted. */
export type Attack = readonly [name: string, body: (world: AttackWorld) => unknown];

/** The form that is posted. */
export const form = (xml: string): { SAMLResponse: string } => forge.formOf(xml);
/** Bytes as they are posted. */
export const base64 = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64');
/** A good answer, changed after it was signed. */
export const tampered = (name: string, change: (good: string) => string): Attack => [
  name,
  ({ good }) => {
    const changed = change(good);
    // A change that finds nothing to change would be a good login, and no attack.
    if (changed === good) throw new Error(`"${name}" changes nothing.`);
    return form(changed);
  },
];
/** What the IdP itself signs, wrongly. */
export const signed = (name: string, parts: (world: AttackWorld) => Partial<forge.ResponseParts>): Attack => [
  name,
  (world) => form(signedWith(world, parts(world))),
];
/** An answer of these parts, signed by whoever it is. */
export const signedWith = (
  { connection, requestId, idp }: AttackWorld,
  parts: Partial<forge.ResponseParts> = {},
  options: forge.SigningOptions = {},
  key = idp,
  signs: WantSigned | 'none' = connection.wantSigned,
): string => forge.forgeResponse({ ...forge.goodParts(connection, requestId), ...parts }, signs, key, options);
