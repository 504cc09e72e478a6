import { Clock, Database, LOG, type DefineWork, type Log } from '@tenure/platform';
import { certificateClock } from './connection/expiry-clock.js';
import { MetadataRefresh } from './connection/refresh-metadata.js';
import { forgetOldLogins } from './door/saml-logins.js';

/** What SAML connections do in the worker. */
export const WORK: DefineWork = (get) => ({
  timers: [get(MetadataRefresh).timer(), certificateClock(get(Database), get(Clock), get<Log>(LOG)), forgetOldLogins],
});
