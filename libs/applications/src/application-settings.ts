import type { InputFault } from '@tenure/platform';
import type { Application } from './application.entity.js';
import { checkDrift } from './check-drift.js';

/** How an application wants to be treated. */
export const APPLICATION_SETTINGS = [
  'verify',
  'dependsOn',
  'playbook',
  'budgets',
  'drift',
  'limits',
  'maintenance',
] as const;
export type ApplicationSettings = Pick<Application, (typeof APPLICATION_SETTINGS)[number]>;

/** One check per setting; each names every mistake by its path. */
const CHECKS: { readonly [K in keyof ApplicationSettings]?: (value: unknown) => readonly InputFault[] } = {
  drift: checkDrift,
};

/** Every mistake of the settings that are given. */
export const checkSettings = (settings: Partial<ApplicationSettings>): readonly InputFault[] =>
  APPLICATION_SETTINGS.flatMap((name) => (settings[name] === undefined ? [] : (CHECKS[name]?.(settings[name]) ?? [])));

/** Only what is said: an absent key and `undefined` are the same. */
export const definedOf = <T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/** The settings among other things. */
export function settingsOf<T extends Partial<ApplicationSettings>>(
  input: T,
): Pick<T, keyof T & keyof ApplicationSettings> {
  const given = APPLICATION_SETTINGS.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]);
  return Object.fromEntries(given) as Pick<T, keyof T & keyof ApplicationSettings>;
}
