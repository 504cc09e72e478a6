import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The installed version as seen from another package, so that a nested older copy is noticed. */
function versionOf(name: string, from = name): string {
  const paths = from === name ? [import.meta.dirname] : [dirname(require.resolve(from))];
  const folder = join('node_modules', name);
  const entry = require.resolve(name, { paths });
  const root = entry.slice(0, entry.lastIndexOf(folder) + folder.length);
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

describe('the libraries that decide who logs in', () => {
  // Each was the fix of an advisory: read the notes of a new version before changing a line here.
  it.each([
    ['@node-saml/node-saml', '@node-saml/node-saml', '5.1.0'],
    ['@node-saml/passport-saml', '@node-saml/passport-saml', '5.1.1'],
    ['@node-saml/node-saml', '@node-saml/passport-saml', '5.1.0'],
    ['xml-crypto', '@node-saml/node-saml', '6.3.2'],
    ['@xmldom/xmldom', '@node-saml/node-saml', '0.8.15'],
    ['@xmldom/xmldom', '@xmldom/xmldom', '0.8.15'],
    ['xml-crypto', 'xml-crypto', '6.3.2'],
    ['xml2js', '@node-saml/node-saml', '0.6.2'],
    ['passport', '@node-saml/passport-saml', '0.7.0'],
  ])('%s as %s uses it is %s', (name, from, version) => expect(versionOf(name, from)).toBe(version));
});
