import { newId, withContext } from '@tenure/platform';
import { HINT_BATCH, type LifecycleHint } from '@tenure/journal';

interface Waiting {
  readonly hint: LifecycleHint;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Hints that come while others are worked on are worked on together, as one: a crowd that moves at once is announced person
 * by person, and a transaction for each would take ten times as long. Whoever comes alone waits for nobody.
 */
export class GatheredHints {
  private readonly waiting = new Map<string, Waiting[]>();
  private busy = 0;

  constructor(
    private readonly work: (hint: LifecycleHint) => Promise<void>,
    private readonly atOnce: number,
  ) {}

  /** Resolves when the hinted identities were looked at. */
  handle(hint: LifecycleHint): Promise<void> {
    return new Promise((done, failed) => {
      const same = this.waiting.get(hint.tenantId);
      if (same) same.push({ hint, done, failed });
      else this.waiting.set(hint.tenantId, [{ hint, done, failed }]);
      this.begin();
    });
  }

  private begin(): void {
    while (this.busy < this.atOnce) {
      const [next] = this.waiting;
      if (next === undefined) return;
      this.busy += 1;
      void this.run(this.gather(...next)).finally(() => {
        this.busy -= 1;
        this.begin();
      });
    }
  }

  /** As many as one hint may name; what is left of the tenant's goes behind the other tenants. */
  private gather(tenantId: string, waiting: Waiting[]): Waiting[] {
    let [count, people] = [0, 0];
    for (const { hint } of waiting) {
      people += hint.identityIds.length;
      if (count > 0 && people > HINT_BATCH) break;
      count += 1;
    }
    const gathered = waiting.splice(0, count);
    this.waiting.delete(tenantId);
    if (waiting.length > 0) this.waiting.set(tenantId, waiting);
    return gathered;
  }

  /** One that fails takes no other along: each is tried by itself then. */
  private async run(gathered: readonly Waiting[]): Promise<void> {
    try {
      await this.inContext(gathered.map(({ hint }) => hint));
      for (const { done } of gathered) done();
    } catch (error) {
      if (gathered.length === 1) for (const { failed } of gathered) failed(error);
      else for (const one of gathered) await this.run([one]);
    }
  }

  /** Under the request that they follow from, when it is the same for all. */
  private inContext(hints: readonly LifecycleHint[]): Promise<void> {
    const [first, ...others] = hints;
    if (first === undefined) return Promise.resolve();
    const { tenantId } = first;
    const isSame = others.every(({ requestId }) => requestId === first.requestId);
    const requestId = (isSame ? first.requestId : undefined) ?? newId();
    const identityIds = [...new Set(hints.flatMap((hint) => hint.identityIds))];
    return withContext({ requestId, tenantId }, () => this.work({ tenantId, requestId, identityIds }));
  }
}
