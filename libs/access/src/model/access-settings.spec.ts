import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ACCESS_SETTINGS, readAccessSettings } from './access-settings.js';

describe('readAccessSettings', () => {
  it('fills in what is missing', () => {
    expect(readAccessSettings({})).toEqual({ settings: DEFAULT_ACCESS_SETTINGS, faults: [] });
    expect(readAccessSettings({ publishLimit: { percent: 5 }, requests: { answerWithinHours: 8 } })).toEqual({
      settings: { publishLimit: { people: 5, percent: 5 }, requests: { answerWithinHours: 8 } },
      faults: [],
    });
  });

  it.each<[unknown, string, string | undefined]>([
    [[], '', undefined],
    [{ publishLimits: {} }, 'publishLimits', 'publishLimit'],
    [{ publishLimit: 5 }, 'publishLimit', undefined],
    [{ publishLimit: { people: -1 } }, 'publishLimit.people', undefined],
    [{ publishLimit: { people: '5' } }, 'publishLimit.people', undefined],
    [{ publishLimit: { percent: 101 } }, 'publishLimit.percent', undefined],
    [{ publishLimit: { percnt: 1 } }, 'publishLimit.percnt', 'percent'],
    [{ requests: { answerWithinHours: 0 } }, 'requests.answerWithinHours', undefined],
    [{ requests: { answerWithinHours: 1.5 } }, 'requests.answerWithinHours', undefined],
    [{ requests: null }, 'requests', undefined],
  ])('says what is wrong with %j: %s', (value, path, suggestion) => {
    const { settings, faults } = readAccessSettings(value);
    expect(faults).toMatchObject([{ path, message: expect.any(String) }]);
    expect(faults[0]?.suggestion).toBe(suggestion);
    expect(settings).toEqual(DEFAULT_ACCESS_SETTINGS);
  });
});
