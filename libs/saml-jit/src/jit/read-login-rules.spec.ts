import { describe, expect, it } from '@jest/globals';
import { USUAL_RULES } from './login-rules.js';
import { readLoginRules } from './read-login-rules.js';

describe('readLoginRules', () => {
  it('fills in what is usual', () => {
    expect(readLoginRules({})).toEqual({ rules: USUAL_RULES, faults: [] });
  });

  it('reads what it has written', () => {
    const given = {
      key: { attribute: 'oid' },
      domains: ['Example.COM'],
      match: { externalId: 'nameId', verifiedEmail: true },
      mapping: { email: 'attributes.mail', title: null, 'custom.desk': 'values.desk' },
      refresh: { usual: 'missing', targets: { 'custom.desk': 'always' } },
      admit: { groups: ['staff'], onLeave: false },
      maxPeople: 5,
      sessions: { idleMinutes: 5 },
      askWhom: 'the help desk',
    };
    const { rules, faults } = readLoginRules(given);
    expect(faults).toEqual([]);
    expect(rules).toMatchObject({
      ...given,
      domains: ['example.com'],
      sessions: { idleMinutes: 5, absoluteMinutes: 720 },
    });
    expect(readLoginRules(rules)).toEqual({ rules, faults: [] });
  });

  it.each<[string, unknown, string]>([
    ['no object', [], ''],
    ['an unknown name', { domain: [] }, 'domain'],
    ['an unknown key', { key: 'email' }, 'key'],
    ['a key without a name', { key: { attribute: '' } }, 'key.attribute'],
    ['an address for a domain', { domains: ['a@example.com'] }, 'domains.0'],
    ['a domain twice', { domains: ['a.example', 'A.example'] }, 'domains'],
    ['addresses that are believed everywhere', { match: { verifiedEmail: true } }, 'match.verifiedEmail'],
    ['a match that is no flag', { match: { employeeNumber: 'yes' } }, 'match.employeeNumber'],
    ['an expression that cannot be read', { mapping: { email: 'nameId +' } }, 'mapping.email'],
    ['a variable that does not exist', { mapping: { email: 'name' } }, 'mapping.email'],
    ['a target that does not exist', { mapping: { mail: 'nameId' } }, 'mapping.mail'],
    ['a target that no login decides', { mapping: { status: '"active"' } }, 'mapping.status'],
    ['an unknown refresh', { refresh: 'sometimes' }, 'refresh'],
    ['an unknown refresh of a target', { refresh: { targets: { title: 'x' } } }, 'refresh.targets.title'],
    ['a limit of nobody', { maxPeople: 0 }, 'maxPeople'],
    ['a session that is idle for longer than it lasts', { sessions: { idleMinutes: 800 } }, 'sessions.idleMinutes'],
    ['words that are none', { askWhom: '' }, 'askWhom'],
  ])('refuses %s', (_, given, path) => {
    expect(readLoginRules(given).faults.map((fault) => fault.path)).toEqual([path]);
  });
});
