import { describe, expect, it } from '@jest/globals';
import { redactBody, redactText } from './redact-request.js';

describe('what is kept of a request', () => {
  it.each([
    ['userName eq "ada@example.com"', 'userName eq "…"'],
    ['userName eq ada', 'userName eq …'],
    ['members[value eq "1"]', 'members[value eq "…"]'],
    ['name.familyName sw "O\\"Neil" and active eq true', 'name.familyName sw "…" and active eq …'],
    ['userName eq "cut off', 'userName eq "…'],
    ['userName eq "two\\\nlines"', 'userName eq "…"'],
    ['/Users/ada@example.com', '/Users/…'],
    ['/Users/0190-42', '/Users/0190-42'],
    ['a\u0000b', 'a\ufffdb'],
  ])('of the text %j is %j', (text, kept) => {
    expect(redactText(text)).toBe(kept);
  });

  it('of a body is its shape', () => {
    const body = {
      schemas: ['urn:x'],
      userName: 'ada',
      active: false,
      emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
      Operations: [{ op: 'replace', path: 'emails[value eq "ada@example.com"]', value: { title: null, age: 7 } }],
      'ada@example.com': 'x',
    };
    expect(redactBody(body)).toEqual({
      schemas: ['urn:x'],
      userName: '…',
      active: false,
      emails: [{ value: '…', type: 'work', primary: true }],
      Operations: [{ op: 'replace', path: 'emails[value eq "…"]', value: { title: null, age: '…' } }],
      '…': '…',
    });
  });

  it('ends at a depth', () => {
    const nested = Array.from({ length: 20 }).reduce<object>((inner) => ({ x: inner }), {});
    expect(JSON.stringify(redactBody(nested)).length).toBeLessThan(100);
  });
});
