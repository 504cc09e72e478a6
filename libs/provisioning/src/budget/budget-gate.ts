import { setImmediate } from 'node:timers/promises';
import { Clock, Database, type Tx } from '@tenure/platform';
import { BUDGET_ACTIONS, budgetLimitsOf, type Application, type BudgetAction } from '@tenure/applications';
import { countPopulation, loadSpends, loadStandings, lockBudget, spend, supersede } from './budget-store.js';
import { fitsByCount, judgeBudget, type Excess } from './judge-budget.js';
import { passageOf, type BudgetedAction, type Standing } from './pass-budget.js';

/** What the safety budgets say of one action. */
export type Admission =
  | { readonly kind: 'admitted' }
  /** Over a budget: a person decides. */
  | { readonly kind: 'held'; readonly excess: Excess }
  /** A person has decided, or nobody did in time. */
  | { readonly kind: 'refused'; readonly reason: string };

export const ADMITTED: Admission = { kind: 'admitted' };

interface Call {
  readonly asked: readonly BudgetedAction[];
  readonly answer: (admissions: readonly Admission[]) => void;
  readonly fail: (error: unknown) => void;
}

/** How old (ms) a population may be: it is counted anew for every batch of a mass effect otherwise. */
const POPULATION_MS = 2_000;

/**
 * Lets actions through as far as the application's safety budgets go. What many turns ask at once is answered in one short
 * transaction: while one runs, the next calls gather. Actions without a budget cost nothing.
 */
export class BudgetGate {
  private readonly waiting = new Map<string, Call[]>();
  private readonly populations = new Map<string, { readonly at: number; readonly count: number }>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** One admission per action, in their order. */
  async admit(application: Application, asked: readonly BudgetedAction[]): Promise<readonly Admission[]> {
    const limited = asked.filter(({ action }) => isLimited(application, action));
    if (limited.length === 0) return asked.map(() => ADMITTED);
    const answers = await this.ask(application, limited);
    const byAction = new Map(limited.map((one, index) => [one, answers[index] ?? ADMITTED]));
    return asked.map((one) => byAction.get(one) ?? ADMITTED);
  }

  private ask(application: Application, asked: readonly BudgetedAction[]): Promise<readonly Admission[]> {
    return new Promise((answer, fail) => {
      const call = { asked, answer, fail };
      const waiting = this.waiting.get(application.id);
      if (waiting) return void waiting.push(call);
      this.waiting.set(application.id, [call]);
      void this.answerAll(application);
    });
  }

  /** Goes on while calls gather; whoever comes after the last look begins anew. */
  private async answerAll(application: Application): Promise<void> {
    await setImmediate();
    for (;;) {
      const calls = this.waiting.get(application.id) ?? [];
      if (calls.length === 0) break;
      this.waiting.set(application.id, []);
      await this.answer(application, calls);
    }
    this.waiting.delete(application.id);
  }

  private async answer(application: Application, calls: readonly Call[]): Promise<void> {
    try {
      const admissions = await this.database.transaction(application.tenantId, (tx) =>
        this.judge(
          tx,
          application,
          calls.flatMap(({ asked }) => asked),
        ),
      );
      let from = 0;
      for (const { asked, answer } of calls) answer(admissions.slice(from, (from += asked.length)));
    } catch (error) {
      for (const { fail } of calls) fail(error);
    }
  }

  private async judge(tx: Tx, application: Application, asked: readonly BudgetedAction[]): Promise<Admission[]> {
    const standings = await loadStandings(tx, asked);
    await supersede(
      tx,
      this.clock.now(),
      asked.filter((one, at) => isFreed(one, standings[at] ?? null)),
    );
    const admissions = asked.map((one, index) => settled(one, standings[index] ?? null));
    for (const action of BUDGET_ACTIONS) {
      const places = [...asked.keys()].filter((at) => admissions[at] === null && asked[at]?.action === action);
      if (places.length === 0) continue;
      const counted = places.flatMap((at) => asked[at] ?? []);
      const { admitted, excess } = await this.spend(tx, application, action, counted);
      places.forEach((at, nth) => {
        admissions[at] = nth < admitted || excess === null ? ADMITTED : { kind: 'held', excess };
      });
    }
    return admissions.map((admission) => admission ?? ADMITTED);
  }

  private async spend(
    tx: Tx,
    { id, budgets }: Application,
    action: BudgetAction,
    counted: readonly BudgetedAction[],
  ): Promise<ReturnType<typeof judgeBudget>> {
    const limits = budgetLimitsOf(budgets, action);
    const now = this.clock.now();
    await lockBudget(tx, id, action);
    const spends = await loadSpends(tx, id, action, now);
    const population = fitsByCount(limits, spends, counted.length, now) ? 0 : await this.population(tx, id, action);
    const verdict = judgeBudget(limits, population, spends, counted.length, now);
    await spend(tx, id, counted.slice(0, verdict.admitted), now);
    return verdict;
  }

  private async population(tx: Tx, applicationId: string, action: BudgetAction): Promise<number> {
    const key = `${applicationId}|${String(action === 'revoke')}`;
    const known = this.populations.get(key);
    if (known && performance.now() - known.at < POPULATION_MS) return known.count;
    const count = await countPopulation(tx, applicationId, action);
    this.populations.set(key, { at: performance.now(), count });
    return count;
  }
}

const isLimited = ({ budgets }: Application, action: BudgetAction): boolean =>
  Object.keys(budgetLimitsOf(budgets, action)).length > 0;

/** It waited for a person, and needs no word any more. */
const isFreed = (asked: BudgetedAction, standing: Standing | null): boolean =>
  standing !== null && standing.held !== null && passageOf(asked, standing) === 'passes';

/** What needs no budget; null for what does. */
function settled(asked: BudgetedAction, standing: Standing | null): Admission | null {
  if (standing === null) return ADMITTED;
  const passage = passageOf(asked, standing);
  if (passage === 'counts') return null;
  if (passage === 'held' && standing.held !== null) return { kind: 'held', excess: standing.held };
  return passage === 'passes' ? ADMITTED : { kind: 'refused', reason: standing.refused ?? '' };
}
