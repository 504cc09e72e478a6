import { describe, expect, it } from '@jest/globals';
import { restOf, type Rest } from './rest-of.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
const WELL = {
  pause: null,
  maintenance: [],
  pausedUntil: null,
  quarantinedUntil: null,
  quarantineReason: null,
  quarantineTries: 0,
};
const pause = (until: Date | null): object => ({
  pause: { at: NOW.toISOString(), by: 'ada', reason: 'audit', until: until?.toISOString() ?? null },
});
const failing = { quarantinedUntil: at(1), quarantineReason: 'it was auth', quarantineTries: 3 };
const maintained = { maintenance: [{ from: at(-1).toISOString(), until: at(5).toISOString() }] };

describe('restOf', () => {
  it.each<[string, object, Rest['kind'] | null, until: Date | null]>([
    ['nothing is wrong', {}, null, null],
    ['paused until it is resumed', pause(null), 'pause', null],
    ['paused for a time', pause(at(3)), 'pause', at(3)],
    ['a pause that has ended', pause(at(0)), null, null],
    ['in maintenance', maintained, 'maintenance', at(5)],
    ['it asked to wait', { pausedUntil: at(2) }, 'rate_limit', at(2)],
    ['it has waited', { pausedUntil: at(0) }, null, null],
    ['failing', failing, 'quarantine', at(1)],
    ['failing, and a probe is due', { ...failing, quarantinedUntil: at(0) }, null, null],
    [
      'everything at once: the person’s order is told',
      { ...pause(null), ...maintained, ...failing, pausedUntil: at(2) },
      'pause',
      null,
    ],
    ['failing in its maintenance', { ...maintained, ...failing }, 'maintenance', at(5)],
    ['failing, and it asked to wait', { ...failing, pausedUntil: at(2) }, 'quarantine', at(1)],
  ])('%s', (_, application, kind, until) => {
    const rest = restOf({ ...WELL, ...application }, NOW);
    expect(rest && { kind: rest.kind, until: rest.until }).toEqual(kind === null ? null : { kind, until });
  });
});
