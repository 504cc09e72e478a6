import { Clock, Database, LOG, type DefineWork, type Log } from '@tenure/platform';
import { forgetOldRequests } from './forget-requests.js';
import { Refolding } from './refolding.js';
import { Regrouping } from './regroup.js';
import { silenceClock } from './silence-clock.js';
import { unknownManagers } from './unknown-managers.js';

/** What the SCIM server does in the worker. */
export const WORK: DefineWork = (get) => {
  const [database, clock, log, regrouping] = [get(Database), get(Clock), get<Log>(LOG), get(Regrouping)];
  return {
    timers: [forgetOldRequests, silenceClock(database, clock, log), unknownManagers(database, regrouping, clock, log)],
    sliced: [regrouping.work, get(Refolding).work],
  };
};
