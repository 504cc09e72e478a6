import { Clock, Database, LOG, type DefineWork, type Log } from '@tenure/platform';
import { forgetIdempotentAnswers } from './idempotency.js';
import { forgetOldSessions } from './sessions.js';

/** What tenancy does in the worker. */
export const WORK: DefineWork = (get) => ({
  timers: [forgetOldSessions, forgetIdempotentAnswers(get(Database), get(Clock), get<Log>(LOG))],
});
