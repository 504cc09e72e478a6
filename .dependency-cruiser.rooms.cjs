// The folders of a lib are its rooms, and they point one way too. Specs and fixtures may look anywhere, so they are left out.
const { options } = require('./.dependency-cruiser.cjs');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles-between-rooms',
      comment: 'Move what both rooms need into the one below, or the file into the room that it belongs to.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^libs/[^/]+/src/.+' },
      to: { circular: true },
    },
  ],
  options: {
    ...options,
    exclude: { path: `${options.exclude.path}|\\.((int-)?spec|fixture)\\.ts$|^test/|/test-kit/` },
  },
};
