import { suggestName, type InputFault } from '@tenure/platform';

/** A plain object, as JSON has it. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** One fault for each key that nobody reads: most often a misspelt one that would silently not work. */
export const unknownKeyFaults = (path: string, value: object, known: readonly string[]): InputFault[] =>
  Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const suggestion = suggestName(key, known);
      return {
        path: `${path}.${key}`,
        message: `is not known here; take ${known.join(', ')}`,
        ...(suggestion !== undefined && { suggestion }),
      };
    });
