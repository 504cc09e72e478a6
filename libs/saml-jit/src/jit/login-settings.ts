import type { InputFault } from '@tenure/platform';
import { SettingsReader } from '@tenure/identity';

/** The section of a tenant's settings that logins read. */
export const LOGIN_SETTINGS_SECTION = 'logins';

/** What holds for every connection of a tenant that does not say otherwise. */
export interface LoginSettings {
  /** Whether whoever is on leave may log in. */
  readonly onLeave: 'admit' | 'refuse';
}

/** Reads the section, with the defaults for what is missing; every mistake is listed, and the default stands for it. */
export function readLoginSettings(value: unknown): {
  readonly settings: LoginSettings;
  readonly faults: readonly InputFault[];
} {
  const reader = new SettingsReader();
  const given = reader.object(value, '', ['onLeave']);
  const onLeave = given.onLeave === undefined ? 'admit' : reader.oneOf(given.onLeave, 'onLeave', ['admit', 'refuse']);
  return { settings: { onLeave: onLeave ?? 'admit' }, faults: reader.faults };
}
