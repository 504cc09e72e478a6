import { isOverLimit, type EffectLimit } from '../cases/holds.js';

/** Whom a full list does not name any more, counted. */
export interface AbsenceFacts {
  /** People whom the source told of until now, and this list does not. */
  readonly people: number;
  /** Everybody whom the source tells of. */
  readonly of: number;
  /** Rows of the list that could not even be read so far as to know whom they name. */
  readonly unreadable: number;
}

/** Why an absence must not act before a person has looked at it; null where it may. */
export function judgeAbsence({ people, of, unreadable }: AbsenceFacts, limit: EffectLimit): string | null {
  if (people === 0) return null;
  if (unreadable > 0) {
    return `${unreadable} rows could not be read, so the ${people} people who are missing may be in them; correct the file and send it again, or release the hold.`;
  }
  if (!isOverLimit(limit, { people, of })) return null;
  return `The list does not name ${people} of ${of} people; more than ${limit.people} people and ${limit.percent} percent at once are held.`;
}
