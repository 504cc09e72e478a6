import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { RequestMethod, type Type } from '@nestjs/common';
import { readFileSync, writeFileSync } from 'node:fs';
import { AdminApiModule } from '@tenure/admin-api';
import type { Right, Role } from '@tenure/tenancy';
import { mayRole } from '../../libs/tenancy/src/roles.js';

const FILE = new URL('../../docs/roles.md', import.meta.url);
const [BEGIN, END] = ['<!-- routes -->\n', '<!-- end of routes -->'];
const RIGHTS: readonly Right[] = ['read', 'operate', 'configure', 'administer'];
const ROLES: readonly Role[] = ['owner', 'admin', 'operator', 'auditor', 'helpdesk'];

interface Route {
  readonly right: Right;
  readonly line: string;
}

/** Every route of the admin API with the right that its guard asks for: from the same metadata. */
function routesOf(controller: Type): Route[] {
  const base = String(Reflect.getMetadata('path', controller));
  if (!base.startsWith('api/v1')) return [];
  const { prototype } = controller as { prototype: Record<string, object> };
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return names.flatMap((name) => {
    const handler = prototype[name]!;
    const path = Reflect.getMetadata('path', handler) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? '';
    const right = (Reflect.getMetadata('right', handler) ??
      Reflect.getMetadata('right', controller) ??
      'read') as Right;
    return [{ right, line: `${method} /${base}${path === '/' ? '' : `/${path}`}` }];
  });
}

const routes = (Reflect.getMetadata('controllers', AdminApiModule) as Type[]).flatMap(routesOf);
const bytes = (one: string, other: string): number => (one < other ? -1 : 1);

const linesOf = (wanted: Right): string[] =>
  routes
    .filter(({ right }) => right === wanted)
    .map(({ line }) => `- \`${line}\``)
    .sort(bytes);

/** The part of the document that is generated; `WRITE_DOCS=1` writes it. */
const generated = [
  `| role | ${RIGHTS.join(' | ')} |`,
  `| --- | ${RIGHTS.map(() => '---').join(' | ')} |`,
  ...ROLES.map((role) => `| ${role} | ${RIGHTS.map((right) => (mayRole(role, right) ? 'yes' : '')).join(' | ')} |`),
  '',
  ...RIGHTS.flatMap((right) => [`### ${right}`, '', ...linesOf(right), '']),
].join('\n');

/** As prettier leaves it: tables are padded. */
const plain = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim();

describe('D8: docs/roles.md', () => {
  it('has every route of the admin API under the right that it asks for (WRITE_DOCS=1 writes it)', () => {
    const text = readFileSync(FILE, 'utf8');
    const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
    if (process.env.WRITE_DOCS) writeFileSync(FILE, `${text.slice(0, from)}\n${generated}\n${text.slice(to)}`);
    else expect(plain(text.slice(from, to))).toBe(plain(generated));
  });

  it.each([
    ['POST /api/v1/identities/:id/lift-override', 'configure'],
    ['POST /api/v1/sources/:id/files', 'configure'],
    ['POST /api/v1/policies/simulate', 'configure'],
    ['POST /api/v1/applications/:id/mapping/simulate', 'configure'],
    ['POST /api/v1/grants', 'configure'],
    ['POST /api/v1/identities/:id/suspend', 'operate'],
  ])('%s needs %s', (line, right) => {
    expect(routes.find((route) => route.line === line)?.right).toBe(right);
  });
});
