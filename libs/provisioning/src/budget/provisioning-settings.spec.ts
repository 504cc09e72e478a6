import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PROVISIONING_SETTINGS, readProvisioningSettings } from './provisioning-settings.js';

describe('readProvisioningSettings', () => {
  it('fills in what is missing', () => {
    expect(readProvisioningSettings({})).toEqual({ settings: DEFAULT_PROVISIONING_SETTINGS, faults: [] });
    expect(readProvisioningSettings({ holds: { secondPerson: true }, evidence: { keepDays: 30 } })).toEqual({
      settings: { holds: { secondPerson: true, expireDays: 7 }, evidence: { keepDays: 30 } },
      faults: [],
    });
  });

  it.each<[unknown, string, string | undefined]>([
    [[], '', undefined],
    [{ hold: {} }, 'hold', 'holds'],
    [{ holds: 1 }, 'holds', undefined],
    [{ holds: { secondPerson: 'yes' } }, 'holds.secondPerson', undefined],
    [{ holds: { expireDays: 0 } }, 'holds.expireDays', undefined],
    [{ holds: { expireDay: 1 } }, 'holds.expireDay', 'expireDays'],
    [{ evidence: { keepDays: 29 } }, 'evidence.keepDays', undefined],
    [{ evidence: { keepDays: 30.5 } }, 'evidence.keepDays', undefined],
    [{ evidence: null }, 'evidence', undefined],
  ])('says what is wrong with %j: %s', (value, path, suggestion) => {
    const { settings, faults } = readProvisioningSettings(value);
    expect(faults).toMatchObject([{ path, message: expect.any(String) }]);
    expect(faults[0]?.suggestion).toBe(suggestion);
    expect(settings).toEqual(DEFAULT_PROVISIONING_SETTINGS);
  });
});
