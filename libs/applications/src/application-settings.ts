import type { InputFault } from '@tenure/platform';
import type { Application } from './application.entity.js';
import { checkBudgets } from './check-budgets.js';
import { checkDrift } from './check-drift.js';
import { checkInitialCredential, checkMatch } from './check-first-contact.js';
import { checkPlaybook } from './check-playbook.js';
import { checkLimits } from './check-limits.js';
import { checkMaintenance } from './check-maintenance.js';

/** How an application wants to be treated. */
export const APPLICATION_SETTINGS = [
  'verify',
  'dependsOn',
  'playbook',
  'budgets',
  'drift',
  'limits',
  'concurrency',
  'maintenance',
  'match',
  'initialCredential',
] as const;
export type ApplicationSettings = Pick<Application, (typeof APPLICATION_SETTINGS)[number]>;

type Check = (value: unknown, targets: readonly string[]) => readonly InputFault[];

/** One check per setting; each names every mistake by its path. */
const CHECKS: Readonly<Partial<Record<keyof ApplicationSettings, Check>>> = {
  playbook: checkPlaybook,
  budgets: checkBudgets,
  drift: checkDrift,
  limits: checkLimits,
  maintenance: checkMaintenance,
  match: checkMatch,
  initialCredential: checkInitialCredential,
};

/** Every mistake of the settings that are given; `targets` are the mapping's. */
export const checkSettings = (
  settings: Partial<ApplicationSettings>,
  targets: readonly string[],
): readonly InputFault[] =>
  APPLICATION_SETTINGS.flatMap((name) =>
    settings[name] === undefined ? [] : (CHECKS[name]?.(settings[name], targets) ?? []),
  );

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
