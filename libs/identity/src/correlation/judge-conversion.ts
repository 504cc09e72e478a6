import { compareNames } from '../model/normalise.js';

/** One employment of a person in a source, as far as it says whether another may follow it. */
export interface Sibling {
  readonly key: string;
  readonly externalId: string | null;
  readonly removed: boolean;
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Ended, taken back or removed by now. */
  readonly isOver: boolean;
  /** The source's full list does not name it any more. */
  readonly isMissing: boolean;
}

/** What a record says that may be another employment of a person whom its source knows. */
export interface Successor {
  readonly nameKey: string | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly isOver: boolean;
  /** The employee number that the source says the person had before. */
  readonly previousNumber: string | null;
}

/**
 * Why a record with a new employee number is the same person in another employment (a conversion, or a rehire under a new
 * number); null where that is not certain. The source says so, or the names agree and no two employments overlap.
 */
export function judgeConversion(
  record: Successor,
  nameKey: string | null,
  siblings: readonly Sibling[],
): string | null {
  const employments = siblings.filter(({ removed }) => !removed);
  const { previousNumber } = record;
  if (previousNumber !== null && siblings.some(({ key }) => key === previousNumber))
    return `the source names ${previousNumber} as the employee number before`;
  if (record.nameKey === null || nameKey === null || siblings.length === 0) return null;
  const names = compareNames(record.nameKey, nameKey);
  // One name alone is many people's.
  if (!names.agree || (names.shared < 2 && record.nameKey !== nameKey)) return null;
  return employments.every((other) => isApart(record, other))
    ? 'the names agree, and one employment ends before the other begins'
    : null;
}

const isApart = (record: Successor, other: Sibling): boolean =>
  record.isOver ||
  other.isOver ||
  other.isMissing ||
  endsBefore(other.endDate, record.startDate) ||
  endsBefore(record.endDate, other.startDate);

const endsBefore = (endDate: string | null, startDate: string | null): boolean =>
  endDate !== null && startDate !== null && endDate <= startDate;
