import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until an attempt succeeds, the service behind it has ended, or the time is up.
 * @template T
 * @param {() => Promise<T>} attempt throws while it is too early
 * @param {{ service: import('./processes.mjs').Service, withinMs: number }} limits
 * @returns {Promise<T>}
 */
export async function waitFor(attempt, { service, withinMs }) {
  for (const end = Date.now() + withinMs; ; await delay(25)) {
    try {
      return await attempt();
    } catch (cause) {
      if (!service.running)
        throw new Error(`${service.name} ended while it was starting:\n${service.lastLines()}`, { cause });
      if (Date.now() > end) {
        throw new Error(`${service.name} was not ready within ${withinMs / 1000} s:\n${service.lastLines()}`, {
          cause,
        });
      }
    }
  }
}
