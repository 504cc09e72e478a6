import type { PlainValue } from './cel-values.js';
import type { ExpressionError } from './expression-error.js';

/** What an evaluation came to. */
export type Outcome = { readonly value: PlainValue } | { readonly error: ExpressionError };

/** A value that a result can be remembered by. */
export type MemoKey = string | boolean | null;

/** So many results are kept; an expression whose values hardly ever repeat is not worth remembering. */
const MOST = 500;
/** Each key more is one more look: beyond this, evaluating is as fast. */
const MOST_KEYS = 4;

type Branch = Map<MemoKey, Branch | Outcome>;

/**
 * Remembers what an expression yielded for the same values: nothing else decides it, and many people share a department and
 * a country. By nested maps, because keys glued together could be mistaken for others.
 */
export class ResultMemo {
  private root: Branch = new Map();
  private kept = 0;
  private found = 0;
  private useful = true;

  /** Whether results that depend on so many values are worth remembering. */
  static fits = (keys: number): boolean => keys > 0 && keys <= MOST_KEYS;

  find(keys: readonly MemoKey[]): Outcome | undefined {
    if (!this.useful) return undefined;
    let at: Branch | Outcome | undefined = this.root;
    for (const key of keys) at = at instanceof Map ? at.get(key) : undefined;
    if (at === undefined || at instanceof Map) return undefined;
    this.found += 1;
    return at;
  }

  keep(keys: readonly MemoKey[], outcome: Outcome): void {
    if (!this.useful) return;
    if (this.kept >= MOST) this.beginAnew();
    let branch = this.root;
    for (const key of keys.slice(0, -1)) {
      const next = branch.get(key);
      const deeper: Branch = next instanceof Map ? next : new Map<MemoKey, Branch | Outcome>();
      if (next !== deeper) branch.set(key, deeper);
      branch = deeper;
    }
    branch.set(keys.at(-1) ?? null, outcome);
    this.kept += 1;
  }

  private beginAnew(): void {
    this.useful = this.found > this.kept;
    this.root = new Map();
    this.kept = 0;
    this.found = 0;
  }
}
