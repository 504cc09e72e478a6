import { isValues } from './read-value.js';

/** White space, and control characters. */
const SPACE = /[\s\p{Cc}]+/gu;
const INVISIBLE = /^[\s\p{Cc}\p{Cf}]*$/u;

/** Whether nothing of a text can be seen. */
export const isInvisible = (text: string): boolean => INVISIBLE.test(text);

/**
 * A value as identities have it, texts in it on one line: the resource keeps what the client wrote, and no control character of it
 * may keep a person out. A text of which nothing is seen says nothing.
 */
export function plainText(value: unknown): unknown {
  if (typeof value === 'string') return isInvisible(value) ? null : value.replace(SPACE, ' ').trim();
  if (Array.isArray(value)) return value.map(plainText);
  if (!isValues(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plainText(one)]));
}

/** A name as identities have it. */
export function plainName(name: unknown): string {
  const plain = plainText(name);
  return typeof plain === 'string' ? plain : '';
}
