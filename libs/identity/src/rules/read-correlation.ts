import { SCORE_CONTEXT } from './compile-identity-rules.js';
import type { IdentityKeyName } from '../model/identity-key.entity.js';
import type { CorrelationRule, ExactRule, RecordKeyName, ScoreRule } from './identity-settings.js';
import type { SettingsReader } from './settings-reader.js';
import { SOURCE_KINDS, type SourceKind } from '../model/source.entity.js';

/** More rules than anybody can foresee the effect of; each costs every new record a look. */
const MAX_RULES = 20;
const MAX_NAME = 100;

const KEYS = ['employeeNumber', 'email', 'userName'] as const;
const COMMON = ['kind', 'name', 'sources'];

/** Reads the rules by which records find their identities. */
export function readCorrelation(reader: SettingsReader, value: unknown): readonly CorrelationRule[] {
  const rules = reader
    .list(value, 'correlation', MAX_RULES)
    .map((rule, index) => readRule(reader, rule, `correlation.${index}`));
  const names = rules.flatMap((rule) => rule?.name ?? []);
  for (const [index, rule] of rules.entries()) {
    if (rule === undefined || names.indexOf(rule.name) === names.lastIndexOf(rule.name)) continue;
    reader.fault(`correlation.${index}.name`, 'must be unique: cases name the rule that asks');
  }
  return rules.filter((rule) => rule !== undefined);
}

function readRule(reader: SettingsReader, value: unknown, path: string): CorrelationRule | undefined {
  const kind = reader.oneOf((value as { kind?: unknown } | null | undefined)?.kind, `${path}.kind`, ['exact', 'score']);
  if (kind === undefined) return undefined;
  return kind === 'exact' ? readExact(reader, value, path) : readScore(reader, value, path);
}

function readExact(reader: SettingsReader, value: unknown, path: string): ExactRule | undefined {
  const given = reader.object(value, path, [...COMMON, 'record', 'identity']);
  const name = reader.text(given.name, `${path}.name`, MAX_NAME);
  const record = readKey<RecordKeyName>(reader, given.record, `${path}.record`, [...KEYS, 'externalId']);
  const identity = readKey<IdentityKeyName>(reader, given.identity, `${path}.identity`, KEYS);
  const sources = readSources(reader, given.sources, `${path}.sources`);
  if (name === undefined || record === undefined || identity === undefined) return undefined;
  return { kind: 'exact', name, record, identity, ...sources };
}

function readScore(reader: SettingsReader, value: unknown, path: string): ScoreRule | undefined {
  const given = reader.object(value, path, [...COMMON, 'among', 'score', 'linkFrom', 'askFrom']);
  const name = reader.text(given.name, `${path}.name`, MAX_NAME);
  const among = readKey<ScoreRule['among']>(reader, given.among, `${path}.among`, ['name', 'familyName', ...KEYS]);
  const score = reader.expression(given.score, `${path}.score`, SCORE_CONTEXT);
  const linkFrom = readThreshold(reader, given.linkFrom, `${path}.linkFrom`);
  const askFrom = readThreshold(reader, given.askFrom, `${path}.askFrom`);
  const sources = readSources(reader, given.sources, `${path}.sources`);
  if (linkFrom !== undefined && askFrom !== undefined && askFrom > linkFrom) {
    return reader.fault(`${path}.askFrom`, 'must not be more than linkFrom: from linkFrom on nobody is asked');
  }
  if (name === undefined || among === undefined || score === undefined) return undefined;
  if (linkFrom === undefined || askFrom === undefined) return undefined;
  return { kind: 'score', name, among, score, linkFrom, askFrom, ...sources };
}

/** Above 0: a candidate whose score could not be computed counts as 0, and must never be linked. */
const readThreshold = (reader: SettingsReader, value: unknown, path: string): number | undefined =>
  reader.number(value, path, { from: 0.01, to: 1 });

function readKey<T extends string>(
  reader: SettingsReader,
  value: unknown,
  path: string,
  named: readonly string[],
): T | undefined {
  const isCustom = typeof value === 'string' && /^custom\.[^\s.]{1,100}$/u.test(value);
  return (isCustom ? value : reader.oneOf(value, path, named, 'custom.<attribute>')) as T | undefined;
}

function readSources(
  reader: SettingsReader,
  value: unknown,
  path: string,
): { readonly sources?: readonly SourceKind[] } {
  if (value === undefined) return {};
  const kinds = reader
    .list(value, path, SOURCE_KINDS.length)
    .map((kind, index) => reader.oneOf(kind, `${path}.${index}`, SOURCE_KINDS))
    .filter((kind) => kind !== undefined);
  return { sources: reader.distinct(kinds, path) };
}
