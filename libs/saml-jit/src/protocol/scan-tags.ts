/** How many elements a text has, how deep they stand, and how many attributes they have. */
export interface TagScan {
  readonly elements: number;
  readonly depth: number;
  readonly attributes: number;
  /** The most that one element has. */
  readonly mostAttributes: number;
}

// The name may not give back: a tag without an end would take quadratic time.
const TAG = /<(\/?)([A-Za-z_][\w.:-]*)(?![\w.:-])((?:[^<>"']|"[^<"]*"|'[^<']*')*)>/g;
const VALUE = /"[^"]*"|'[^']*'/g;
const BLANK = /^[ \t\r\n]*$/;

/**
 * Whether every tag of a text is closed by its own name, around exactly one root; undefined when not. The XML parser
 * forgives text after the root and a superfluous end: what two readers could take for different documents is refused.
 */
export function scanTags(xml: string): TagScan | undefined {
  const balance = new Balance();
  let end = 0;
  for (const { index, 0: tag, 1: slash, 2: name = '', 3: rest = '' } of xml.matchAll(TAG)) {
    if (!balance.text(xml.slice(end, index))) return undefined;
    if (!(slash === '/' ? balance.close(name, rest) : balance.open(name, rest))) return undefined;
    end = index + tag.length;
  }
  return balance.text(xml.slice(end)) && balance.isClosed() ? balance : undefined;
}

/** The elements that are open. Each step answers whether it is allowed there. */
class Balance implements TagScan {
  elements = 0;
  depth = 0;
  attributes = 0;
  mostAttributes = 0;
  private readonly names: string[] = [];

  text(between: string): boolean {
    return this.names.length === 0 ? BLANK.test(between) : !between.includes('<');
  }

  open(name: string, rest: string): boolean {
    if (this.isClosed()) return false;
    this.elements++;
    this.depth = Math.max(this.depth, this.names.length + 1);
    const attributes = rest.match(VALUE)?.length ?? 0;
    this.attributes += attributes;
    this.mostAttributes = Math.max(this.mostAttributes, attributes);
    if (!rest.endsWith('/')) this.names.push(name);
    return true;
  }

  close(name: string, rest: string): boolean {
    return this.names.pop() === name && BLANK.test(rest);
  }

  isClosed(): boolean {
    return this.elements > 0 && this.names.length === 0;
  }
}
