import './erasures.js';
export { LoginRulesStore, type VersionedRules } from './jit/login-rules-store.js';
export { LoginTests } from './jit/login-tests.js';
export { SamlRefusalRow, SamlRulesRow, SamlTestRow } from './jit/saml-rules.entity.js';
export { AddLoginRules1764510000000 } from './migrations/1764510000000-add-login-rules.js';
export { ConnectionKeys, KEY_PURPOSES } from './connection/connection-keys.js';
export { ConnectionSetup } from './connection/connection-setup.js';
export { getConnection } from './connection/connection-rows.js';
export { checkSetup, connectionViews } from './connection/connection-view.js';
export { describeSamlSetup, SAML_PRESETS, type SamlPreset, type SamlSetup } from './connection/describe-setup.js';
export { sendOn } from './door/form-page.js';
export { SIGNED_OUT } from './door/refusal-page.js';
export { certificateClock } from './connection/expiry-clock.js';
export { CreateSaml1764000008000 } from './migrations/1764000008000-create-saml.js';
export { CompleteSamlConnections1764500000000 } from './migrations/1764500000000-complete-saml-connections.js';
export { LOGIN_SETTINGS_SECTION, readLoginSettings, type LoginSettings } from './jit/login-settings.js';
export { AddLoginDefaults1764700000002 } from './migrations/1764700000002-add-login-defaults.js';
export { RememberOpenedSessions1764850000000 } from './migrations/1764850000000-remember-opened-sessions.js';
export { FoldAddressKeys1764850000001 } from './migrations/1764850000001-fold-address-keys.js';
export { AddSamlBindings1764700000000 } from './migrations/1764700000000-add-saml-bindings.js';
export { BINDINGS, type Binding } from './protocol/outbound-message.js';
export { MAX_CLOCK_SKEW_MS, type Encryption, type WantSigned } from './protocol/saml-connection.js';
export { readIdp } from './connection/read-idp.js';
export { MetadataRefresh } from './connection/refresh-metadata.js';
export {
  SamlAssertionRow,
  SamlConnectionRow,
  SamlKeyRow,
  SamlRequestRow,
  SamlSubjectRow,
  type KeyPurpose,
} from './connection/saml-connection.entity.js';
export { SamlJitModule, SamlSetupModule } from './saml-jit.module.js';
export { SamlErrorFilter } from './door/saml-error.filter.js';
export { SamlLogouts } from './door/saml-logouts.js';
export { cookieOf, sessionCookie, sessionCookieName } from './door/session-cookie.js';
export { connectionUrls } from './connection/stored-connections.js';
export { IndexDueConnectionsByTenant1764800004000 } from './migrations/1764800004000-index-due-connections-by-tenant.js';
export { WORK } from './work.js';
