import { isUuid, type InputFault } from '@tenure/platform';
import { mergeContext } from './compile-identity-rules.js';
import {
  ALLOWED_REACTIONS,
  CONVERSION_RULES,
  DEFAULT_IDENTITY_SETTINGS,
  INACTIVE_RULES,
  MERGE_STRATEGIES,
  SITUATIONS,
  type AbsenceRule,
  type IdentitySettings,
  type MergeRule,
} from './identity-settings.js';
import { PERSON_FIELDS, type PersonField } from '../model/person.js';
import { readCorrelation } from './read-correlation.js';
import { SettingsReader } from './settings-reader.js';
import { SOURCE_KINDS } from '../model/source.entity.js';

const MAX_ORDER = 50;
const MAX_GRACE_DAYS = 365;
const MAX_RETENTION_DAYS = 36_500;
const MAX_PEOPLE = 1_000_000;

const SECTIONS = ['correlation', 'reactions', 'merge', 'absence', 'purgeAfterDays', 'inactive', 'conversions'] as const;

/**
 * Reads what a tenant set about its people. A section that is missing is the default. With faults, the settings hold what was
 * sound and are fit for showing, not for saving.
 */
export function readIdentitySettings(value: unknown): {
  settings: IdentitySettings;
  faults: readonly InputFault[];
} {
  const reader = new SettingsReader();
  const given = reader.object(value, '', SECTIONS);
  const usual = DEFAULT_IDENTITY_SETTINGS;
  const inactive = given.inactive === undefined ? undefined : reader.oneOf(given.inactive, 'inactive', INACTIVE_RULES);
  const conversions =
    given.conversions === undefined ? undefined : reader.oneOf(given.conversions, 'conversions', CONVERSION_RULES);
  const settings: IdentitySettings = {
    ...(inactive !== undefined && { inactive }),
    ...(conversions !== undefined && { conversions }),
    correlation: given.correlation === undefined ? usual.correlation : readCorrelation(reader, given.correlation),
    reactions: given.reactions === undefined ? usual.reactions : readReactions(reader, given.reactions),
    merge: given.merge === undefined ? usual.merge : readMerge(reader, given.merge),
    absence: given.absence === undefined ? usual.absence : readAbsence(reader, given.absence),
    purgeAfterDays: readDays(reader, given.purgeAfterDays, 'purgeAfterDays', { from: 1, to: MAX_RETENTION_DAYS }),
  };
  return { settings, faults: reader.faults };
}

/** A number of days; null (or nothing) is never. */
const readDays = (
  reader: SettingsReader,
  value: unknown,
  path: string,
  bounds: { readonly from: number; readonly to: number },
): number | null =>
  (value ?? null) === null ? null : (reader.number(value, path, { ...bounds, whole: true }) ?? null);

/** Entries of an object whose keys are known, each read by itself; what could not be read is left out. */
function readEach<K extends string, V>(
  reader: SettingsReader,
  value: unknown,
  path: string,
  keys: readonly K[],
  read: (value: unknown, path: string, key: K) => V | undefined,
): Partial<Record<K, V>> {
  const given = reader.object(value, path, keys);
  const entries = keys.flatMap((key) => {
    if (!Object.hasOwn(given, key)) return [];
    const one = read(given[key], `${path}.${key}`, key);
    return one === undefined ? [] : [[key, one] as const];
  });
  return Object.fromEntries(entries) as Partial<Record<K, V>>;
}

const readReactions = (reader: SettingsReader, value: unknown): IdentitySettings['reactions'] =>
  readEach(reader, value, 'reactions', SOURCE_KINDS, (ofKind, path) =>
    readEach(reader, ofKind, path, SITUATIONS, (reaction, at, situation) =>
      reader.oneOf(reaction, at, ALLOWED_REACTIONS[situation]),
    ),
  );

const readMerge = (reader: SettingsReader, value: unknown): IdentitySettings['merge'] =>
  readEach(reader, value, 'merge', PERSON_FIELDS, (rule, path, field) => readMergeRule(reader, rule, path, field));

function readMergeRule(
  reader: SettingsReader,
  value: unknown,
  path: string,
  field: PersonField,
): MergeRule | undefined {
  const given = reader.object(value, path, ['strategy', 'order', 'expression']);
  const strategy = reader.oneOf(given.strategy, `${path}.strategy`, MERGE_STRATEGIES);
  const order = given.order === undefined ? undefined : readOrder(reader, given.order, `${path}.order`);
  if (strategy === undefined) return undefined;
  const ranked = { strategy, ...(order !== undefined && { order }) };
  if (strategy !== 'expression') {
    if (given.expression === undefined) return ranked;
    return reader.fault(`${path}.expression`, `is read only with the strategy "expression", not with "${strategy}"`);
  }
  const expression = reader.expression(given.expression, `${path}.expression`, mergeContext(field));
  return expression === undefined ? undefined : { ...ranked, expression };
}

function readOrder(reader: SettingsReader, value: unknown, path: string): readonly string[] {
  const named = reader
    .list(value, path, MAX_ORDER)
    .map((one, index) =>
      typeof one === 'string' && isUuid(one)
        ? one
        : reader.oneOf<string>(one, `${path}.${index}`, SOURCE_KINDS, 'the id of a source'),
    )
    .filter((one) => one !== undefined);
  return reader.distinct(named, path);
}

function readAbsence(reader: SettingsReader, value: unknown): AbsenceRule {
  const usual = DEFAULT_IDENTITY_SETTINGS.absence;
  const given = reader.object(value, 'absence', ['graceDays', 'becomes', 'limit']);
  const limit = given.limit === undefined ? {} : reader.object(given.limit, 'absence.limit', ['people', 'percent']);
  const limited = (name: 'people' | 'percent', to: number, whole: boolean): number =>
    limit[name] === undefined
      ? usual.limit[name]
      : (reader.number(limit[name], `absence.limit.${name}`, { from: 0, to, whole }) ?? usual.limit[name]);
  return {
    graceDays: readDays(reader, given.graceDays, 'absence.graceDays', { from: 0, to: MAX_GRACE_DAYS }),
    becomes:
      given.becomes === undefined
        ? usual.becomes
        : (reader.oneOf(given.becomes, 'absence.becomes', ['suspended', 'terminated']) ?? usual.becomes),
    limit: { people: limited('people', MAX_PEOPLE, true), percent: limited('percent', 100, false) },
  };
}
