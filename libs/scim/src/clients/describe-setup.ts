/** What to enter at an identity provider, field by field. */
export interface SetupGuide {
  readonly provider: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly notes: readonly string[];
}

const PROVIDERS: Readonly<Record<string, (base: string) => Omit<SetupGuide, 'provider'>>> = {
  okta: (base) => ({
    fields: [
      { name: 'SCIM connector base URL', value: base },
      { name: 'Unique identifier field for users', value: 'userName' },
      { name: 'Authentication Mode', value: 'HTTP Header' },
    ],
    notes: ['Switch on "Push New Users", "Push Profile Updates" and "Push Groups".'],
  }),
  entra: (base) => ({
    fields: [
      { name: 'Tenant URL', value: `${base}/?aadOptscim062020` },
      { name: 'Secret Token', value: 'the token of this source' },
    ],
    notes: [
      'Map externalId to objectId. "Test Connection" asks for a user that does not exist: an empty list is right.',
    ],
  }),
  onelogin: (base) => ({
    fields: [
      { name: 'SCIM Base URL', value: base },
      { name: 'SCIM Bearer Token', value: 'the token of this source' },
    ],
    notes: [],
  }),
  jumpcloud: (base) => ({
    fields: [
      { name: 'Base URL', value: base },
      { name: 'Token Key', value: 'the token of this source' },
      { name: 'Test User Email', value: 'an address that nobody has: the activation makes a user and deletes it' },
    ],
    notes: [],
  }),
  google: (base) => ({
    fields: [
      { name: 'Endpoint URL', value: base },
      { name: 'Access token', value: 'the token of this source' },
    ],
    notes: ['Google provisions to the apps of its catalogue only.'],
  }),
  ping: (base) => ({
    fields: [
      { name: 'SCIM BASE URL', value: base },
      { name: 'Users Resource', value: '/Users' },
      { name: 'Groups Resource', value: '/Groups' },
      { name: 'Authentication Method', value: 'OAuth 2 Bearer Token' },
      { name: 'User Filter Expression', value: 'userName eq "%s"' },
    ],
    notes: ['PingOne cannot clear an attribute.'],
  }),
  generic: (base) => ({
    fields: [
      { name: 'Base URL', value: base },
      { name: 'Authentication', value: 'Authorization: Bearer <the token of this source>' },
      { name: 'OAuth token URL, for client credentials', value: `${base}/token` },
    ],
    notes: ['userName is unique per source. Groups may be nested.'],
  }),
};

/** The guide for a source's vendor; the generic one where the vendor is none that is known. */
export function describeSetup(vendor: string | null, base: string): SetupGuide {
  const wanted = (vendor ?? '').toLowerCase();
  const provider = Object.keys(PROVIDERS).find((name) => wanted.includes(name)) ?? 'generic';
  const guide = PROVIDERS[provider] ?? (() => ({ fields: [], notes: [] }));
  return { provider, ...guide(base) };
}
