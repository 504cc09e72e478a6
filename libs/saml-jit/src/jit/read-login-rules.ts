import type { ExpressionContext, InputFault } from '@tenure/platform';
import { SettingsReader } from '@tenure/identity';
import {
  customName,
  LOGIN_TARGETS,
  REFRESHES,
  USUAL_RULES,
  type KeySource,
  type LoginRules,
  type Refresh,
} from './login-rules.js';

const MAX = { domains: 100, groups: 100, mappings: 100, name: 500, words: 500, people: 10_000_000, minutes: 43_200 };
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What a mapping may read. `attributes` has the first value of each, for `groups` all of them; `values` always all. */
export const MAPPING_CONTEXT: ExpressionContext = {
  expects: 'value',
  variables: { attributes: 'map', values: 'map', nameId: 'string', nameIdFormat: 'string' },
};

/** Reads the rules of a connection; what is missing is as usual. With faults they are fit for showing, not for saving. */
export function readLoginRules(value: unknown): { rules: LoginRules; faults: readonly InputFault[] } {
  const reader = new SettingsReader();
  const given = reader.object(value, '', Object.keys(USUAL_RULES));
  const or = <T>(name: keyof LoginRules, usual: T, read: (one: unknown, path: string) => T | undefined): T =>
    given[name] === undefined ? usual : (read(given[name], name) ?? usual);
  const nullable = <T>(read: (one: unknown, path: string) => T | undefined) => {
    return (one: unknown, path: string): T | null | undefined => (one === null ? null : read(one, path));
  };
  const text = (one: unknown, path: string): string | undefined => reader.text(one, path, MAX.name);
  const rules: LoginRules = {
    key: or('key', USUAL_RULES.key, (one, path) => readKey(reader, one, path)),
    domains: or('domains', [], (one, path) => readDomains(reader, one, path)),
    match: readMatch(reader, given.match),
    mapping: or('mapping', {}, (one, path) => readMapping(reader, one, path)),
    groups: or('groups', null, nullable(text)),
    roles: or('roles', null, nullable(text)),
    refresh: or('refresh', USUAL_RULES.refresh, (one, path) => readRefresh(reader, one, path)),
    jit: or('jit', USUAL_RULES.jit, (one, path) => reader.oneOf(one, path, ['create', 'known_only'])),
    admit: readAdmit(reader, given.admit),
    maxPeople: or(
      'maxPeople',
      null,
      nullable((one, path) => reader.number(one, path, { from: 1, to: MAX.people, whole: true })),
    ),
    sessions: readSessions(reader, given.sessions),
    askWhom: or(
      'askWhom',
      null,
      nullable((one, path) => reader.text(one, path, MAX.words)),
    ),
  };
  if (rules.match.verifiedEmail === true && rules.domains.length === 0)
    reader.fault('match.verifiedEmail', 'needs the domains that are this identity provider’s own, in "domains"');
  return { rules, faults: reader.faults };
}

function readKey(reader: SettingsReader, value: unknown, path: string): KeySource | undefined {
  if (typeof value === 'string') return reader.oneOf<'nameId'>(value, path, ['nameId'], '{ "attribute": "<name>" }');
  const attribute = reader.text(reader.object(value, path, ['attribute']).attribute, `${path}.attribute`, MAX.name);
  return attribute === undefined ? undefined : { attribute };
}

function readDomains(reader: SettingsReader, value: unknown, path: string): readonly string[] {
  const domains = reader.list(value, path, MAX.domains).flatMap((one, index) => {
    const domain = typeof one === 'string' ? one.trim().toLowerCase() : '';
    if (DOMAIN.test(domain)) return [domain];
    reader.fault(`${path}.${index}`, 'must be a mail domain, as example.com');
    return [];
  });
  return reader.distinct(domains, path);
}

function readMatch(reader: SettingsReader, value: unknown): LoginRules['match'] {
  const usual = USUAL_RULES.match;
  if (value === undefined) return usual;
  const given = reader.object(value, 'match', Object.keys(usual));
  const externalId = given.externalId ?? null;
  return {
    externalId: externalId === null ? null : (readKey(reader, externalId, 'match.externalId') ?? null),
    employeeNumber: readFlag(reader, given.employeeNumber, 'match.employeeNumber', usual.employeeNumber),
    verifiedEmail:
      given.verifiedEmail == null ? null : readFlag(reader, given.verifiedEmail, 'match.verifiedEmail', true),
  };
}

function readFlag(reader: SettingsReader, value: unknown, path: string, usual: boolean): boolean {
  if (value !== undefined && typeof value !== 'boolean') reader.fault(path, 'must be true or false');
  return typeof value === 'boolean' ? value : usual;
}

function readMapping(reader: SettingsReader, value: unknown, path: string): LoginRules['mapping'] {
  const given = objectOf(reader, value, path);
  const entries = Object.entries(given).flatMap(([target, expression]): [string, string | null][] => {
    const at = `${path}.${target}`;
    checkTarget(reader, target, at);
    if (expression === null) return [[target, null]];
    const read = reader.expression(expression, at, MAPPING_CONTEXT);
    return read === undefined ? [] : [[target, read]];
  });
  return Object.fromEntries(entries);
}

function objectOf(reader: SettingsReader, value: unknown, path: string): Readonly<Record<string, unknown>> {
  const names = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
  if (names.length > MAX.mappings) reader.fault(path, `must have at most ${MAX.mappings} targets`);
  return reader.object(value, path, names);
}

function checkTarget(reader: SettingsReader, target: string, path: string): void {
  if (customName(target) === null) reader.oneOf(target, path, LOGIN_TARGETS, 'custom.<name>');
}

function readRefresh(reader: SettingsReader, value: unknown, path: string): LoginRules['refresh'] | undefined {
  if (typeof value === 'string') {
    const usual = reader.oneOf(value, path, REFRESHES);
    return usual && { usual, targets: {} };
  }
  const given = reader.object(value, path, ['usual', 'targets']);
  const { usual } = USUAL_RULES.refresh;
  const targets = Object.entries(objectOf(reader, given.targets ?? {}, `${path}.targets`)).flatMap(([target, one]) => {
    checkTarget(reader, target, `${path}.targets.${target}`);
    const refresh = reader.oneOf<Refresh>(one, `${path}.targets.${target}`, REFRESHES);
    return refresh === undefined ? [] : [[target, refresh] as const];
  });
  return {
    usual: given.usual === undefined ? usual : (reader.oneOf(given.usual, `${path}.usual`, REFRESHES) ?? usual),
    targets: Object.fromEntries(targets),
  };
}

function readAdmit(reader: SettingsReader, value: unknown): LoginRules['admit'] {
  const usual = USUAL_RULES.admit;
  if (value === undefined) return usual;
  const given = reader.object(value, 'admit', Object.keys(usual));
  const groups = reader
    .list(given.groups ?? [], 'admit.groups', MAX.groups)
    .flatMap((one, index) => reader.text(one, `admit.groups.${index}`, MAX.name) ?? []);
  return {
    domains: readDomains(reader, given.domains ?? [], 'admit.domains'),
    groups: reader.distinct(groups, 'admit.groups'),
    onLeave: given.onLeave == null ? null : readFlag(reader, given.onLeave, 'admit.onLeave', true),
  };
}

function readSessions(reader: SettingsReader, value: unknown): LoginRules['sessions'] {
  const usual = USUAL_RULES.sessions;
  if (value === undefined) return usual;
  const given = reader.object(value, 'sessions', Object.keys(usual));
  const minutes = (name: keyof LoginRules['sessions']): number =>
    given[name] === undefined
      ? usual[name]
      : (reader.number(given[name], `sessions.${name}`, { from: 1, to: MAX.minutes, whole: true }) ?? usual[name]);
  const read = { idleMinutes: minutes('idleMinutes'), absoluteMinutes: minutes('absoluteMinutes') };
  if (read.idleMinutes > read.absoluteMinutes)
    reader.fault('sessions.idleMinutes', 'must not be more than absoluteMinutes: the session would have ended before');
  return read;
}
