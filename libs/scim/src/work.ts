import { Clock, Database, LOG, type DefineWork, type Log } from '@tenure/platform';
import { forgetOldRequests } from './clients/forget-requests.js';
import { Refolding } from './registry/reindexing.js';
import { Regrouping } from './members/regroup.js';
import { silenceClock } from './clients/silence-clock.js';
import { unknownManagers } from './members/unknown-managers.js';

/** What the SCIM server does in the worker. */
export const WORK: DefineWork = (get) => {
  const [database, clock, log, regrouping] = [get(Database), get(Clock), get<Log>(LOG), get(Regrouping)];
  return {
    timers: [forgetOldRequests, silenceClock(database, clock, log), unknownManagers(database, regrouping, clock, log)],
    sliced: [regrouping.work, get(Refolding).work],
  };
};
