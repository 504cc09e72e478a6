import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../protocol/limits.js';
import { ListCursors } from './list-cursor.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const NOW = new Date('2026-01-31T09:00:00Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

describe('cursors of lists (RFC 9865)', () => {
  const cursors = new ListCursors(KEY);
  const position = { key: 'ada', id: '01900000-0000-7000-8000-000000000000' };
  const cursor = cursors.write(position, 'question', NOW);

  it.each<[string, string, string, Date, string | null]>([
    ['goes on where it came from', cursor, 'question', NOW, null],
    ['is good to the end of its time', cursor, 'question', later(LIMITS.cursorSeconds), null],
    ['is too old afterwards', cursor, 'question', later(LIMITS.cursorSeconds + 1), 'expiredCursor'],
    ['is for one question', cursor, 'another', NOW, 'invalidCursor'],
    ['is for nobody else', cursor.replace(/^./, 'x'), 'question', NOW, 'invalidCursor'],
    ['is none without a signature', cursor.split('.')[0] ?? '', 'question', NOW, 'invalidCursor'],
    [
      'is none of another server',
      new ListCursors(Buffer.alloc(32, 8).toString('base64')).write(position, 'question', NOW),
      'question',
      NOW,
      'invalidCursor',
    ],
  ])('%s', (_, given, question, at, scimType) => {
    const read = (): unknown => cursors.read(given, question, at);
    if (scimType === null) expect(read()).toEqual(position);
    else expect(read).toThrow(expect.objectContaining({ status: 400, scimType }));
  });
});
