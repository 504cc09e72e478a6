import type { BulkOperation } from './resolve-bulk.js';
import { isValues } from '../schema/read-value.js';

type Operations = readonly (BulkOperation | null)[];

/**
 * Waves of operations: each begins when those are done that it refers to. References in a circle are resolved by ids that
 * are given beforehand, so whoever only refers (a manager) comes out right, too. Of one wave, operations run at once unless
 * `isOrdered`; so those on one resource, under one name, or after another method are in waves of their own (RFC 7644 §3.7:
 * what comes out must be what the client's order means).
 */
export function planWaves(operations: Operations, isOrdered: boolean): readonly (readonly number[])[] {
  const plan = new WavePlan(operations, isOrdered);
  let open: readonly number[] = [...operations.keys()];
  while (open.length > 0) {
    const left = plan.place(open);
    // A circle. Users only refer; groups need their members to be there.
    const isCircle = left.length === open.length;
    const first = isCircle ? (left.find((index) => operations[index]?.type.name === 'User') ?? left[0]) : undefined;
    if (first !== undefined) plan.placeLast(first);
    open = left.filter((index) => index !== first);
  }
  return plan.waves;
}

class WavePlan {
  readonly waves: number[][] = [];
  private readonly waveOf = new Map<number, number>();
  private readonly lastOn = new Map<string, number>();
  private readonly needs: readonly (readonly number[])[];

  constructor(
    private readonly operations: Operations,
    private readonly isOrdered: boolean,
  ) {
    this.needs = neededBy(operations);
  }

  /** Places those whose needs have places; returns the others. */
  place(open: readonly number[]): readonly number[] {
    const turn = { floor: 0, highest: -1, method: '' };
    return open.filter((index) => {
      const needed = this.needs[index] ?? [];
      if (needed.some((one) => !this.waveOf.has(one))) return true;
      const { method = 'none' } = this.operations[index] ?? {};
      if (!this.isOrdered && turn.method !== '' && turn.method !== method) turn.floor = turn.highest + 1;
      turn.method = method;
      const wave = this.earliest(index, turn.floor, needed);
      turn.highest = Math.max(turn.highest, wave);
      this.put(index, wave);
      return false;
    });
  }

  placeLast(index: number): void {
    this.put(index, this.waves.length);
  }

  private earliest(index: number, floor: number, needed: readonly number[]): number {
    const target = targetOf(this.operations, index);
    const after = needed.map((one) => (this.waveOf.get(one) ?? 0) + 1);
    const wave = after.reduce((latest, one) => Math.max(latest, one), Math.max(floor, this.lastOn.get(target) ?? 0));
    if (!this.isOrdered) this.lastOn.set(target, wave + 1);
    return wave;
  }

  private put(index: number, wave: number): void {
    this.waveOf.set(index, wave);
    while (this.waves.length <= wave) this.waves.push([]);
    this.waves[wave]?.push(index);
  }
}

/** For each operation the creates that it refers to. */
function neededBy(operations: Operations): readonly (readonly number[])[] {
  const creates = new Map(
    operations.flatMap((one, index) => (one?.method === 'POST' && one.bulkId ? [[one.bulkId, index] as const] : [])),
  );
  return operations.map((one, index) =>
    (one?.needs ?? []).flatMap((bulkId) => creates.get(bulkId) ?? []).filter((other) => other !== index),
  );
}

const targetOf = (operations: Operations, index: number): string =>
  operations[index]?.id ?? nameOf(operations[index]) ?? `new ${index}`;

/** Two creates under one name keep their order: the first one gets it. */
function nameOf(operation: BulkOperation | null | undefined): string | undefined {
  const { userName, displayName } = isValues(operation?.data) ? operation.data : {};
  const name = operation?.type.name === 'User' ? userName : displayName;
  return typeof name === 'string' ? `${operation?.type.name ?? ''} ${name.toLowerCase()}` : undefined;
}
