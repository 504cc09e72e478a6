import { suggestName, type InputFault } from '@tenure/platform';
import { ENDPOINT_CLASSES } from '@tenure/connectors';
import { isObject } from './check-shape.js';

const CLASSES: readonly string[] = [...ENDPOINT_CLASSES, 'all'];
const KEYS = ['perSecond', 'burst'];
const MOST_PER_SECOND = 10_000;

/** Every mistake of an application's rate limits. */
export function checkLimits(limits: unknown): InputFault[] {
  if (!isObject(limits))
    return [{ path: 'limits', message: `must be one limit per class of calls: ${CLASSES.join(', ')}` }];
  return Object.entries(limits).flatMap(([name, limit]) => {
    const path = `limits.${name}`;
    return CLASSES.includes(name) ? limitFaults(path, limit) : [unknown(path, name, CLASSES, 'class of calls')];
  });
}

function limitFaults(path: string, limit: unknown): InputFault[] {
  if (!isObject(limit)) return [{ path, message: 'must be { "perSecond": 10, "burst": 20 }' }];
  const { perSecond, burst } = limit;
  const faults = Object.keys(limit)
    .filter((key) => !KEYS.includes(key))
    .map((key) => unknown(`${path}.${key}`, key, KEYS, 'part of a limit'));
  if (typeof perSecond !== 'number' || !(perSecond > 0 && perSecond <= MOST_PER_SECOND))
    faults.push({
      path: `${path}.perSecond`,
      message: `must be a number of calls above 0, at most ${MOST_PER_SECOND}; 0.1 is one in ten seconds`,
    });
  if (!Number.isSafeInteger(burst) || Number(burst) < 1)
    faults.push({ path: `${path}.burst`, message: 'must be how many calls may come at once, 1 or more' });
  return faults;
}

function unknown(path: string, name: string, known: readonly string[], what: string): InputFault {
  const suggestion = suggestName(name, known);
  return { path, message: `is no ${what}; take ${known.join(', ')}`, ...(suggestion !== undefined && { suggestion }) };
}
