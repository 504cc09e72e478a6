import { checkExpression, suggestName, type ExpressionContext, type InputFault } from '@tenure/platform';

/** More names than these only bury the message. */
const MAX_LISTED = 8;

/** Reads settings that anybody may have written, keeps what is sound, and collects each mistake with its path. */
export class SettingsReader {
  readonly faults: InputFault[] = [];

  /** Notes a mistake. Returns undefined, which is what could be read there. */
  fault(path: string, message: string, more: Pick<InputFault, 'offset' | 'suggestion'> = {}): undefined {
    this.faults.push({ path, message, ...more });
  }

  /** An object that has no other keys than these. */
  object(value: unknown, path: string, keys: readonly string[]): Readonly<Record<string, unknown>> {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      this.fault(path, 'must be an object');
      return {};
    }
    const given = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(given)) {
      if (keys.includes(key)) continue;
      const known = keys.length > MAX_LISTED ? '' : `; known are ${keys.join(', ')}`;
      const message = `is not known here${known}`;
      this.fault(path === '' ? key : `${path}.${key}`, message, suggested(key, keys));
    }
    return Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(given, key) ? [[key, given[key]]] : [])));
  }

  list(value: unknown, path: string, most: number): readonly unknown[] {
    if (!Array.isArray(value)) {
      this.fault(path, 'must be a list');
      return [];
    }
    if (value.length > most) this.fault(path, `must have at most ${most} elements`);
    return value.slice(0, most) as readonly unknown[];
  }

  /** One of these texts. `also` names what else would have been taken, for the message. */
  oneOf<T extends string>(value: unknown, path: string, allowed: readonly T[], also?: string): T | undefined {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    const more = typeof value === 'string' ? suggested(value, allowed) : {};
    const names = [...allowed, ...(also === undefined ? [] : [also])];
    return this.fault(path, `must be ${names.length === 1 ? '' : 'one of '}${names.join(', ')}`, more);
  }

  text(value: unknown, path: string, most: number): string | undefined {
    const text = typeof value === 'string' ? value.trim() : '';
    if (text === '') return this.fault(path, 'must be text');
    return text.length > most ? this.fault(path, `must be at most ${most} characters long`) : text;
  }

  number(value: unknown, path: string, bounds: { from: number; to: number; whole?: boolean }): number | undefined {
    const fits = typeof value === 'number' && value >= bounds.from && value <= bounds.to;
    if (fits && (bounds.whole !== true || Number.isInteger(value))) return value;
    const kind = bounds.whole === true ? 'a whole number' : 'a number';
    return this.fault(path, `must be ${kind} from ${bounds.from} to ${bounds.to}`);
  }

  /** An expression that passes its check; each mistake with its place in it. */
  expression(value: unknown, path: string, context: ExpressionContext): string | undefined {
    if (typeof value !== 'string') return this.fault(path, 'must be an expression');
    const faults = checkExpression(value, context);
    for (const { message, offset, suggestion } of faults) {
      this.fault(path, message, { offset, ...(suggestion !== undefined && { suggestion }) });
    }
    return faults.length === 0 ? value : undefined;
  }

  /** No element twice. */
  distinct<T>(values: readonly T[], path: string): readonly T[] {
    const unique = [...new Set(values)];
    if (unique.length < values.length) this.fault(path, 'must not name anything twice');
    return unique;
  }
}

function suggested(name: string, known: readonly string[]): Pick<InputFault, 'suggestion'> {
  const suggestion = suggestName(name, known);
  return suggestion === undefined ? {} : { suggestion };
}
