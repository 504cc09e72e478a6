export { CreateSaml1764000008000 } from './migrations/1764000008000-create-saml.js';
export type { WantSigned } from './protocol/saml-connection.js';
export { SamlAssertionRow, SamlConnectionRow, SamlRequestRow } from './saml-connection.entity.js';
export { SamlJitModule } from './saml-jit.module.js';
export { SamlErrorFilter } from './saml-error.filter.js';
export { forgetOldLogins } from './saml-logins.js';
export { cookieOf, sessionCookieName } from './session-cookie.js';
export { StoredConnections, type NewConnection } from './stored-connections.js';
