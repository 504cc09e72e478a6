import { describe, expect, it } from '@jest/globals';
import { checkSettings, type ApplicationSettings } from './application-settings.js';

const faults = (settings: unknown): string[] =>
  checkSettings(settings as Partial<ApplicationSettings>, []).map(
    ({ path, message, suggestion }) => `${path} ${message}${suggestion === undefined ? '' : ` (${suggestion}?)`}`,
  );

describe('checkSettings', () => {
  it.each([
    [{}],
    [{ limits: {} }],
    [{ limits: { all: { perSecond: 0.1, burst: 1 }, write: { perSecond: 10_000, burst: 500 } } }],
    [{ maintenance: [] }],
    [{ maintenance: [{ from: '2026-05-01T18:00:00Z', until: '2026-05-01T20:00:00.5+01:00' }] }],
    [{ maintenance: [{ weekday: 7, at: '23:59', minutes: 10_080, timeZone: 'Asia/Kolkata' }] }],
  ])('takes %j', (settings) => {
    expect(faults(settings)).toEqual([]);
  });

  it.each<[object, RegExp[]]>([
    [{ limits: [] }, [/^limits must be one limit per class/]],
    [
      { limits: { wirte: { perSecond: 1, burst: 1 } } },
      [/^limits\.wirte is no class of calls; take read, write, list, members, all \(write\?\)$/],
    ],
    [{ limits: { all: 5 } }, [/^limits\.all must be \{/]],
    [{ limits: { all: { perSecond: 0, burst: 1 } } }, [/^limits\.all\.perSecond must be a number of calls above 0/]],
    [{ limits: { all: { perSecond: 10_000.5, burst: 1 } } }, [/^limits\.all\.perSecond/]],
    [{ limits: { all: { perSecond: Number.NaN, burst: 1 } } }, [/^limits\.all\.perSecond/]],
    [
      { limits: { all: { perSecond: '5', burst: 1.5 } } },
      [/^limits\.all\.perSecond/, /^limits\.all\.burst must be how many/],
    ],
    [
      { limits: { read: { perSecond: 5, burst: 0, brust: 1 } } },
      [/^limits\.read\.brust is no part .*\(burst\?\)$/, /^limits\.read\.burst/],
    ],
    [{ maintenance: {} }, [/^maintenance must be a list/]],
    [{ maintenance: ['sunday'] }, [/^maintenance\.0 must be \{/]],
    [
      { maintenance: [{ from: '2026-05-01', until: 'later' }] },
      [/^maintenance\.0\.from must be a moment/, /^maintenance\.0\.until must be a moment/],
    ],
    [{ maintenance: [{ from: '2026-02-30T18:00:00Z', until: '2026-05-01T20:00:00Z' }] }, [/^maintenance\.0\.from/]],
    [
      { maintenance: [{ from: '2026-05-01T18:00:00Z', until: '2026-05-01T20:00:00+02:00' }] },
      [/^maintenance\.0\.until must be after/],
    ],
    [
      { maintenance: [{ from: '2026-05-01T18:00:00Z', until: '2026-05-01T20:00:00Z', weekday: 1 }] },
      [/^maintenance\.0\.weekday is no part/],
    ],
    [
      { maintenance: [{ weekday: 0, at: '24:00', minutes: 0, timeZone: 'Berlin' }] },
      [
        /^maintenance\.0\.weekday/,
        /^maintenance\.0\.at must be a local time/,
        /^maintenance\.0\.minutes/,
        /^maintenance\.0\.timeZone must be a time zone/,
      ],
    ],
  ])('refuses %j, by path', (settings, expected) => {
    const found = faults(settings);
    expect(found).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(found[index]).toMatch(pattern);
  });
});
