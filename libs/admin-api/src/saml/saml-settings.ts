import { Refusal } from '@tenure/platform';
import type { UpdateSamlConnectionDto } from './saml-connections.dto.js';

type Settings = Omit<Required<UpdateSamlConnectionDto>, 'name'>;

/** Of these null says something: the identity provider chooses. */
const NULLABLE = new Set<string>(['nameIdFormat', 'authnContext']);
const NAMES = [
  'wantSigned',
  'nameIdFormat',
  'forceAuthn',
  'authnContext',
  'clockSkewMs',
  'idpInitiated',
  'encryption',
  'signRequests',
] as const;

/** The settings among a body's fields: only those that were given. */
export function settingsIn(input: UpdateSamlConnectionDto): Partial<Settings> {
  const given = NAMES.filter((name) => input[name] !== undefined);
  for (const name of given) {
    if (input[name] !== null || NULLABLE.has(name)) continue;
    const message = `${name} must not be null; leave it out to keep it.`;
    throw new Refusal('input_invalid', message, [{ path: name, message }]);
  }
  return Object.fromEntries(given.map((name) => [name, input[name]]));
}
