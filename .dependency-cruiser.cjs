// The directions of imports. Each lib may import what its row lists, always through `@tenure/<lib>`.
const allowed = {
  platform: [],
  tenancy: ['platform'],
  journal: ['platform', 'tenancy'],
  notify: ['platform', 'tenancy', 'journal'],
  identity: ['platform', 'tenancy', 'journal'],
  scim: ['platform', 'tenancy', 'journal', 'identity'],
  'saml-jit': ['platform', 'tenancy', 'journal', 'identity'],
  'hrms-sync': ['platform', 'tenancy', 'journal', 'identity'],
  connectors: ['platform'],
  applications: ['platform', 'tenancy', 'journal', 'identity', 'connectors'],
  access: ['platform', 'tenancy', 'journal', 'identity', 'applications'],
  provisioning: ['platform', 'tenancy', 'journal', 'identity', 'applications', 'access', 'connectors'],
  'admin-api': ['.*'],
  schema: ['.*'],
};

const directions = Object.entries(allowed).map(([lib, others]) => ({
  name: `${lib}-imports-only-what-is-below-it`,
  comment: `libs/${lib} may import: ${others.join(', ') || 'no other lib'}.`,
  severity: 'error',
  from: { path: `^libs/${lib}/` },
  to: { path: '^libs/', pathNot: `^libs/(${[lib, ...others].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'every-lib-has-a-row',
      comment: 'A new lib gets a row in the table above.',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/(${Object.keys(allowed).join('|')})/` },
      to: {},
    },
    {
      name: 'libs-through-their-door',
      comment: 'Another lib is imported as @tenure/<lib>: its index.ts is its only door.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/', pathNot: '^libs/$1/', dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'apps-use-the-door-too',
      comment: 'An app imports a lib as @tenure/<lib>.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/', dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'no-own-door',
      comment: 'Inside a lib, files import each other directly; through index.ts they would go in circles.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/$1/', dependencyTypes: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'apps-stand-alone',
      comment: 'Apps share libs, not each other.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-know-no-app',
      comment:
        'A lib knows no app, no test and no benchmark; its specs and fixtures may use the peers in test/ and the servers in scripts/.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.((int-)?spec|fixture)\\.ts$' },
      to: { path: '^(apps|bench|test|scripts)/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true, // an `import type` is a direction too
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
