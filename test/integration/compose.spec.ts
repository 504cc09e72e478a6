import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** What docker-compose.yml sets itself, or takes from the scripts. */
const OWN = ['NODE_ENV', 'HOST', 'PORT', 'WORKER_PORT', 'DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL', 'DEBUG'];

describe('docker-compose.yml', () => {
  const documented = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
  const compose = read('docker-compose.yml');

  it.each(documented.filter((name) => !OWN.includes(name)))('passes %s on', (name) => {
    expect(compose).toContain(`\${${name}:`);
  });

  it('limits the memory of every service', () => {
    const services = compose
      .slice(compose.indexOf('\nservices:'), compose.indexOf('\nvolumes:'))
      .split(/\n(?= {2}[a-z]+:\n)/)
      .slice(1);
    expect(services.length).toBeGreaterThanOrEqual(5);
    expect(services.filter((text) => !/mem_limit:|<<: \*app/.test(text))).toEqual([]);
    expect(compose).toMatch(/x-app: &app\n(?: {2}.*\n)* {2}mem_limit: /);
  });

  it.each(OWN.filter((name) => name !== 'DEBUG'))('sets %s itself', (name) => {
    expect(compose).toMatch(new RegExp(`^\\s+${name}: `, 'm'));
  });
});
