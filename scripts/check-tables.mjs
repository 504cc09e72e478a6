// npm run check:tables: every table has one owner, the lib whose migration makes it. Who else reads or writes a table in SQL is
// in the list below, as the directions of imports are in .dependency-cruiser.cjs. `--write` renews the map in the documentation.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { checkout as root } from './lib/checkout.mjs';

/** What a lib does with tables of others: r reads, w also writes. */
const ALLOWED = {
  identity: { settings: 'r', journal_payloads: 'w' },
  scim: { identities: 'r', source_records: 'r', sources: 'r' },
  'saml-jit': {
    cases: 'r',
    identities: 'r',
    source_records: 'w',
    sources: 'w',
    sessions: 'r',
    settings: 'r',
  },
  'hrms-sync': { identities: 'r', source_records: 'r' },
  applications: { identities: 'r', tenants: 'w', journal_payloads: 'w' },
  // Access decides what is desired, and writes it where provisioning leases it from.
  access: {
    identities: 'w',
    cases: 'r',
    holds: 'w',
    tenants: 'w',
    applications: 'w',
    accounts: 'w',
    entitlements: 'r',
    entitlement_members: 'w',
    leave_steps: 'w',
  },
  // Provisioning writes what became of it. The tables lie below both, in applications.
  provisioning: {
    accounts: 'w',
    applications: 'w',
    entitlements: 'w',
    entitlement_members: 'w',
    initial_credentials: 'w',
    leave_steps: 'w',
    reservations: 'w',
    cases: 'r',
    grants: 'r',
    identities: 'r',
    journal: 'r',
    journal_payloads: 'w',
    policies: 'r',
    policy_versions: 'r',
    settings: 'r',
    source_groups: 'r',
    tenants: 'r',
  },
  // Views for people join what the libs keep apart; nothing is written here.
  'admin-api': {
    accounts: 'r',
    applications: 'r',
    cases: 'r',
    entitlements: 'r',
    entitlement_members: 'r',
    grants: 'r',
    identities: 'r',
    journal: 'r',
    journal_payloads: 'r',
    policies: 'r',
    saml_refusals: 'r',
    saml_tests: 'r',
    sessions: 'r',
    source_records: 'r',
    source_tokens: 'r',
    sources: 'r',
  },
};

const MAP = new URL('../docs/architecture/tables.md', import.meta.url);
const CREATES = /CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([a-z_]+)/g;
const TOUCHES = /\b(INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN)\s+(?:ONLY\s+)?([a-z_]+)\b/g;
const libOf = (file) => file.split('/')[1];

const files = execFileSync('git', ['ls-files', 'libs/*.ts'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => !/spec\.ts$|\.fixture\.ts$|\/test-kit\//.test(file));
const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

/** Table → the lib whose migration makes it. */
const owners = new Map();
for (const file of files.filter((name) => name.includes('/migrations/')))
  for (const [, table] of read(file).matchAll(CREATES)) if (!owners.has(table)) owners.set(table, libOf(file));

/** Lib → table of another → whether it is written, and where first. */
const touched = new Map();
for (const file of files.filter((name) => !name.includes('/migrations/'))) {
  const lib = libOf(file);
  for (const [, verb, table] of read(file).matchAll(TOUCHES)) {
    const owner = owners.get(table);
    if (owner === undefined || owner === lib) continue;
    const mode = verb === 'FROM' || verb === 'JOIN' ? 'r' : 'w';
    const of = touched.get(lib) ?? touched.set(lib, new Map()).get(lib);
    const known = of.get(table);
    if (known === undefined || (known.mode === 'r' && mode === 'w')) of.set(table, { mode, file });
  }
}

const faults = [];
for (const [lib, tables] of touched)
  for (const [table, { mode, file }] of tables) {
    const allowed = ALLOWED[lib]?.[table];
    if (allowed === undefined || (allowed === 'r' && mode === 'w'))
      faults.push(
        `${file} ${mode === 'w' ? 'writes' : 'reads'} ${table}, which belongs to libs/${owners.get(table)}. ` +
          'Use what that lib exports, or add a line to scripts/check-tables.mjs with a reason.',
      );
  }
for (const [lib, tables] of Object.entries(ALLOWED))
  for (const [table, allowed] of Object.entries(tables)) {
    const used = touched.get(lib)?.get(table);
    if (used === undefined)
      faults.push(`scripts/check-tables.mjs allows ${lib} to use ${table}; nothing does. Remove the line.`);
    else if (allowed === 'w' && used.mode === 'r')
      faults.push(`scripts/check-tables.mjs allows ${lib} to write ${table}; it only reads. Allow "r".`);
  }

const map = mapOf();
if (process.argv.includes('--write')) writeFileSync(MAP, map);
else if (readFileSync(MAP, 'utf8') !== map)
  faults.push('docs/architecture/tables.md is out of date: npm run check:tables -- --write');

for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? `${owners.size} tables, each with one owner` : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

function mapOf() {
  const libs = [...new Set(owners.values())].sort();
  const rows = libs.flatMap((lib) =>
    [...owners]
      .filter(([, owner]) => owner === lib)
      .sort()
      .map(([table]) => {
        const others = [...touched].filter(([, tables]) => tables.has(table)).sort();
        const by = (mode) =>
          others
            .filter(([, tables]) => tables.get(table).mode === mode)
            .map(([name]) => name)
            .join(', ');
        return `| ${lib} | \`${table}\` | ${by('w')} | ${by('r')} |`;
      }),
  );
  const head = [
    '# Tables and their owners',
    '',
    'Generated by `npm run check:tables -- --write`. The owner of a table is the lib whose migration makes it.',
    '',
  ];
  const title = ['| owner | table | also written by | also read by |', '| --- | --- | --- | --- |'];
  return `${[...head, '<!-- prettier-ignore -->', ...title, ...rows].join('\n')}\n`;
}
