import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { ERROR_CODES, type ErrorCodeEntry } from '@tenure/platform';

const FILE = new URL('../../docs/reference/errors.md', import.meta.url);
const codes: [string, ErrorCodeEntry][] = Object.entries(ERROR_CODES);

const generated = `# Error codes

Generated from \`libs/platform/src/error-codes.ts\`. The admin API and the portal answer errors as problem details
([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): \`code\` is stable, \`detail\` describes this case, and \`faults\`
lists each mistake with its path.

<!-- prettier-ignore -->
| code | status | meaning | what to do |
| --- | --- | --- | --- |
${codes.map(([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`).join('\n')}
`;

describe('docs/reference/errors.md', () => {
  it('has every code with its status, meaning and remedy (WRITE_DOCS=1 writes it)', () => {
    if (process.env.WRITE_DOCS) writeFileSync(FILE, generated);
    else expect(readFileSync(FILE, 'utf8')).toBe(generated);
  });

  it('is in alphabetical order, in sentences', () => {
    expect(codes.map(([code]) => code)).toEqual(codes.map(([code]) => code).sort());
    const words = codes.flatMap(([, { meaning, remedy }]) => [meaning, remedy]);
    expect(words.filter((sentence) => !/^[A-Z`].*\.$/.test(sentence) || sentence.includes('|'))).toEqual([]);
  });
});
