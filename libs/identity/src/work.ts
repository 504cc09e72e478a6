import { Clock, Database, LOG, type DefineWork, type Log } from '@tenure/platform';
import { Absences } from './absence/absences.js';
import { Identities } from './statement/identities.js';
import { dueIdentitiesTimer } from './schedule/identity-clock.js';
import { Retirements } from './absence/retire-sources.js';
import { Schedules } from './schedule/schedules.js';
import { Settlements } from './decisions/settlements.js';

/** What identity does in the worker. */
export const WORK: DefineWork = (get) => {
  const clock = get(Clock);
  return {
    timers: [
      get(Schedules).timer(),
      dueIdentitiesTimer(get(Database), get(Identities), () => clock.now(), get<Log>(LOG)),
    ],
    sliced: [get(Settlements).work, get(Absences).work, get(Retirements).work],
  };
};
