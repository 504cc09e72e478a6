import { Clock, Database, LOG, type DefineWork, type Log } from '@tenure/platform';
import { forgetImportRows, forgetInboundEvents } from './forget-input.js';
import { Imports } from './imports.js';

/** What HR sync does in the worker. */
export const WORK: DefineWork = (get) => ({
  timers: [forgetInboundEvents, forgetImportRows].map((forget) => forget(get(Database), get(Clock), get<Log>(LOG))),
  sliced: [get(Imports).work],
});
