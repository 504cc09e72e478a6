import { describe, expect, it } from '@jest/globals';
import { judgeAbsence } from './absences-judge.js';

const LIMIT = { people: 20, percent: 5 };

describe('judgeAbsence', () => {
  it.each<[string, people: number, of: number, unreadable: number]>([
    ['nobody is missing', 0, 1_000, 0],
    ['nobody is missing, though a row could not be read', 0, 1_000, 1],
    ['as many as the limit', 20, 100, 0],
    ['many people, but few in a hundred', 50, 1_000, 0],
    ['many in a hundred, but few people', 2, 3, 0],
    ['everybody of a small company', 20, 20, 0],
  ])('lets act: %s', (_, people, of, unreadable) => {
    expect(judgeAbsence({ people, of, unreadable }, LIMIT)).toBeNull();
  });

  it.each<[string, people: number, of: number, unreadable: number, RegExp]>([
    [
      'more than both limits',
      21,
      100,
      0,
      /^The list does not name 21 of 100 people; more than 20 people and 5 percent/,
    ],
    ['an empty file', 5_000, 5_000, 0, /5000 of 5000/],
    ['one person, who may be in the row that could not be read', 1, 1_000, 1, /^1 rows could not be read/],
  ])('holds: %s', (_, people, of, unreadable, reason) => {
    expect(judgeAbsence({ people, of, unreadable }, LIMIT)).toMatch(reason);
  });
});
