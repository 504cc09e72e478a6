/** A comparison operator of RFC 7644 §3.4.2.2. */
export type CompareOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';
export type FilterValue = string | number | boolean | null;

export type Filter =
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly op: CompareOperator;
      readonly value: FilterValue;
      /** The value as it was written, where it stood without quotes. */
      readonly bare?: string;
      readonly at: number;
    }
  /** `emails[type eq "work"]`: one and the same value has to match. */
  | { readonly kind: 'valuePath'; readonly path: string; readonly filter: Filter; readonly at: number }
  | { readonly kind: 'present'; readonly path: string; readonly at: number }
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly filter: Filter };

/** A filter that cannot be read; `at` is the 0-based position of the mistake. */
export class FilterFault extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(`${message} at position ${at}`);
    this.name = 'FilterFault';
  }
}

const MAX_LENGTH = 10_000;
const MAX_DEPTH = 32;
const PUNCTUATION: readonly string[] = ['(', ')', '[', ']'];
const OPERATORS: readonly string[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
const TOKEN = /\s*(?:([()[\]])|("(?:[^"\\]|\\.)*")|([^\s()[\]"]+))/y;

/** `tolerant` takes texts without quotes, as Entra's documentation writes them; what they mean is their attribute's matter. */
export type FilterDialect = 'strict' | 'tolerant';

interface Token {
  readonly text: string;
  readonly at: number;
}

/** Reads a filter: comparisons, `pr`, `and`, `or`, `not (…)` and groups, with the precedence of the RFC. */
export function parseFilter(source: string, dialect: FilterDialect = 'strict'): Filter {
  if (source.length > MAX_LENGTH) throw new FilterFault(`A filter may have ${MAX_LENGTH} characters`, MAX_LENGTH);
  const reader = new FilterReader(tokens(source), source.length, dialect);
  return reader.whole();
}

function tokens(source: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw new FilterFault('A text is not closed', from + source.slice(from).search(/\S/));
    const text = match[1] ?? match[2] ?? match[3] ?? '';
    found.push({ text, at: TOKEN.lastIndex - text.length });
  }
  return found;
}

/** JSON wants them escaped; a client that took one from a resource sends it as it is. */
const RAW_CONTROL = /\p{Cc}/gu;
const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

class FilterReader {
  private next = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly end: number,
    private readonly dialect: FilterDialect,
  ) {}

  /** Inside `[…]` there is no further `[`: RFC 7644 §3.4.2.2 has one level. */
  private inValuePath = false;

  whole(): Filter {
    const filter = this.or(0);
    const rest = this.tokens[this.next];
    if (rest) throw new FilterFault(`"${rest.text}" is not expected`, rest.at);
    return filter;
  }

  /** Where the next token is, or where it is missing. */
  private get at(): number {
    return this.tokens[this.next]?.at ?? this.end;
  }

  private or(depth: number): Filter {
    let left = this.and(depth);
    while (this.takeWord('or')) left = { kind: 'or', left, right: this.and(depth) };
    return left;
  }

  private and(depth: number): Filter {
    let left = this.term(depth);
    while (this.takeWord('and')) left = { kind: 'and', left, right: this.term(depth) };
    return left;
  }

  private term(depth: number): Filter {
    if (depth > MAX_DEPTH) throw new FilterFault(`A filter may be nested ${MAX_DEPTH} deep`, this.at);
    if (this.takeWord('not')) {
      if (this.tokens[this.next]?.text !== '(') throw new FilterFault('"not" must be followed by "("', this.at);
      return { kind: 'not', filter: this.term(depth + 1) };
    }
    if (this.takeWord('(')) {
      const inner = this.or(depth + 1);
      if (!this.takeWord(')')) throw new FilterFault('A ")" is missing', this.at);
      return inner;
    }
    return this.comparison(depth);
  }

  private comparison(depth: number): Filter {
    const path = this.take('An attribute');
    if (!/^[A-Za-z][\w.:$-]*$/.test(path.text)) throw new FilterFault(`"${path.text}" is no attribute`, path.at);
    if (this.takeWord('[')) return this.valuePath(path, depth);
    return this.attribute(path.text, path.at);
  }

  private valuePath(path: Token, depth: number): Filter {
    if (this.inValuePath) throw new FilterFault('A value path has no value path inside', path.at);
    this.inValuePath = true;
    const inner = this.or(depth + 1);
    if (!this.takeWord(']')) throw new FilterFault('A "]" is missing', this.at);
    const rest = this.tokens[this.next];
    const part = rest !== undefined && /^\.[A-Za-z$][\w$-]*$/.test(rest.text) ? this.take('An attribute') : undefined;
    const filter: Filter = part
      ? { kind: 'and', left: inner, right: this.attribute(part.text.slice(1), part.at) }
      : inner;
    this.inValuePath = false;
    return { kind: 'valuePath', path: path.text, filter, at: path.at };
  }

  private attribute(path: string, at: number): Filter {
    const op = this.take('An operator');
    const word = op.text.toLowerCase();
    if (word === 'pr') return { kind: 'present', path, at };
    if (!OPERATORS.includes(word)) throw new FilterFault(`"${op.text}" is no operator`, op.at);
    return { kind: 'compare', path, op: word as CompareOperator, ...this.value(), at };
  }

  private value(): { readonly value: FilterValue; readonly bare?: string } {
    const { text, at } = this.take('A value');
    const value = this.literal(text, at);
    if (value === undefined) {
      if (this.dialect === 'tolerant' && /^[^"'{}\\]+$/.test(text) && !text.includes('\u0000'))
        return { value: text, bare: text };
      throw new FilterFault(`"${text}" is no value; write texts in double quotes`, at);
    }
    return text.startsWith('"') ? { value } : { value, bare: text };
  }

  private literal(text: string, at: number): FilterValue | undefined {
    try {
      const value: unknown = JSON.parse(text.replace(RAW_CONTROL, escaped));
      if (typeof value === 'string' && value.includes('\u0000'))
        throw new FilterFault('A text cannot have the character U+0000', at);
      if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        return value;
    } catch (error) {
      // What is not JSON is said below, with its position.
      if (error instanceof FilterFault) throw error;
    }
    return undefined;
  }

  private take(what: string): Token {
    const token = this.tokens[this.next];
    if (!token || PUNCTUATION.includes(token.text)) throw new FilterFault(`${what} is missing`, token?.at ?? this.end);
    this.next++;
    return token;
  }

  private takeWord(word: string): boolean {
    if (this.tokens[this.next]?.text.toLowerCase() !== word) return false;
    this.next++;
    return true;
  }
}
