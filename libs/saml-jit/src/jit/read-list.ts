import { readPerson } from '@tenure/identity';

/** A list of names as a login sends it: what can be used of it, and what is left out, without the values themselves. */
export interface ReadList {
  readonly values: readonly string[];
  /** Absent where every value is used. */
  readonly leftOut?: string;
}

/** What is sent cannot be read at all: what is in it is unknown, which is not "nothing". */
export interface UnreadableList {
  readonly fault: string;
}

/** Whether a login's list of names says nothing that can be used. */
export const isUnreadable = (list: ReadList | UnreadableList): list is UnreadableList => 'fault' in list;

/**
 * The names of a list: trimmed, since IdPs indent what they write, without the empty ones, each once. A value that cannot be
 * used is left out; where no value can, the list is unreadable. `lost`: values that were not even text.
 */
export function readList(sent: readonly unknown[], lost = 0): ReadList | UnreadableList {
  const given = sent.map((value) => (typeof value === 'string' ? value.trim() : value)).filter((value) => value !== '');
  const faults: string[] = lost > 0 ? ['has structure'] : [];
  const values = new Set<string>();
  let count = lost;
  for (const value of given) {
    const { person } = readPerson({ groups: [value] });
    const [read] = person.groups ?? [];
    if (read !== undefined) values.add(read);
    else {
      count += 1;
      faults.push(typeof value === 'string' && /\p{Cc}/u.test(value) ? 'has control characters' : 'is not usable text');
    }
  }
  const leftOut = `${count} of ${given.length + lost} values: ${[...new Set(faults)].join(', ')}`;
  if (count > 0 && values.size === 0) return { fault: `none of the values can be used (${leftOut})` };
  const { faults: ofAll } = readPerson({ groups: [...values] });
  const [tooMany] = ofAll;
  if (tooMany !== undefined) return { fault: tooMany.message };
  return { values: [...values], ...(count > 0 && { leftOut }) };
}
