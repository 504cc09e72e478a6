import { suggestName, type InputFault } from '@tenure/platform';
import type { EffectLimit } from '@tenure/identity';

/** The section of a tenant's settings that access reads. */
export const ACCESS_SETTINGS_SECTION = 'access';

/** How careful a tenant is with changes of its rules, and how long requests wait. */
export interface AccessSettings {
  /** A change of the rules that takes something from at least so many people, and from a larger share, is held. */
  readonly publishLimit: EffectLimit;
  readonly requests: {
    /** Unanswered for so long, a request lapses. */
    readonly answerWithinHours: number;
  };
}

export const DEFAULT_ACCESS_SETTINGS: AccessSettings = {
  publishLimit: { people: 5, percent: 20 },
  requests: { answerWithinHours: 72 },
};

/** What each setting may be; the tree has the shape of the settings. */
const BOUNDS = {
  publishLimit: { people: [0, 10_000_000], percent: [0, 100] },
  requests: { answerWithinHours: [1, 24 * 90] },
} as const;

type Section = keyof typeof BOUNDS;

/** Reads the section, with the defaults for what is missing; every mistake is listed, and the default stands for it. */
export function readAccessSettings(value: unknown): {
  readonly settings: AccessSettings;
  readonly faults: readonly InputFault[];
} {
  const faults: InputFault[] = [];
  const given = objectAt('', value, Object.keys(BOUNDS), faults);
  const read = <Name extends Section>(name: Name): AccessSettings[Name] => {
    const bounds: Readonly<Record<string, readonly [number, number]>> = BOUNDS[name];
    const found = objectAt(name, given[name], Object.keys(bounds), faults);
    const numbers = Object.entries(bounds).flatMap(([key, [least, most]]) => {
      const number = found[key];
      if (number === undefined) return [];
      if (Number.isInteger(number) && Number(number) >= least && Number(number) <= most) return [[key, number]];
      faults.push({ path: `${name}.${key}`, message: `must be a whole number from ${least} to ${most}` });
      return [];
    });
    return { ...DEFAULT_ACCESS_SETTINGS[name], ...(Object.fromEntries(numbers) as object) };
  };
  return { settings: { publishLimit: read('publishLimit'), requests: read('requests') }, faults };
}

/** An object with known keys only; what is not there is empty. */
function objectAt(
  path: string,
  value: unknown,
  known: readonly string[],
  faults: InputFault[],
): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    faults.push({ path, message: `must be an object with ${known.join(', ')}` });
    return {};
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const suggestion = suggestName(key, known);
    faults.push({
      path: path === '' ? key : `${path}.${key}`,
      message: `is no setting; take ${known.join(', ')}`,
      ...(suggestion !== undefined && { suggestion }),
    });
  }
  return value as Readonly<Record<string, unknown>>;
}
