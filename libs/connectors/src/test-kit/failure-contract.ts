import { describe, expect, it } from '@jest/globals';
import type { ErrorClass } from '../errors.js';
import { failureOf, ourId } from './contract-run.js';
import type { ContractRun } from './contract-run.js';
import type { Fault } from './harness.js';

const DEADLINE_MS = 400;

/** What a fault makes of a read and of a write. */
const CLASSES: Readonly<Record<Fault, { readonly read: ErrorClass; readonly write: ErrorClass }>> = {
  rate_limited: { read: 'rate_limited', write: 'rate_limited' },
  error_before_work: { read: 'retryable', write: 'outcome_unknown' },
  error_after_work: { read: 'retryable', write: 'outcome_unknown' },
  drop_before_work: { read: 'retryable', write: 'outcome_unknown' },
  drop_after_work: { read: 'retryable', write: 'outcome_unknown' },
  hang_before_work: { read: 'retryable', write: 'outcome_unknown' },
  hang_after_work: { read: 'retryable', write: 'outcome_unknown' },
};

/** How a connector fails: always classified, never late, and leaving no second account. */
export function describeFailures(run: ContractRun): void {
  const { harness } = run;
  describe('a failure', () => {
    it.each([
      ['wrong_credentials', 'auth'],
      ['unreachable', 'retryable'],
      ['address_refused', 'retryable'],
    ] as const)('for %s is of the class %s, in every operation', async (variant, errorClass) => {
      const other = harness.open(variant);
      const account = run.account(1);
      const works = [
        other.test(run.call()),
        other.get(run.call(), '1'),
        other.create(run.call(), account),
        other.delete(run.call(), '1'),
      ];
      const failures = await Promise.all(works.map(failureOf));
      expect(new Set(failures.map((failure) => failure.errorClass))).toEqual(new Set([errorClass]));
      await other.close();
      expect(await run.countAccounts(1)).toBe(0);
    });

    it.each(harness.faults)('of a read after %s has the right class', async (fault) => {
      await harness.inject(fault);
      const failure = await failureOf(run.connector.list(run.call(DEADLINE_MS)));
      expect(failure.errorClass).toBe(CLASSES[fault].read);
      if (fault === 'rate_limited') expect(failure.detail.retryAfterMs).toBeGreaterThan(0);
    });

    it.each(harness.faults)(
      'of a write after %s has the right class, and leaves at most one account',
      async (fault) => {
        await harness.inject(fault);
        const account = run.account(1);
        const failure = await failureOf(run.connector.create(run.call(DEADLINE_MS), account));
        expect(failure.errorClass).toBe(CLASSES[fault].write);
        const isDone = fault.endsWith('after_work');
        expect(await run.countAccounts(1)).toBe(isDone ? 1 : 0);
        expect(await run.find(1, ourId(1))).toHaveLength(isDone ? 1 : 0);
      },
    );

    it('comes at the deadline, and at once when the deadline has passed before', async () => {
      const passed = run.call(0);
      await new Promise((done) => passed.signal.addEventListener('abort', done, { once: true }));
      const account = run.account(1);
      expect((await failureOf(run.connector.create(passed, account))).errorClass).toBe('retryable');
      expect(await run.countAccounts(1)).toBe(0);
    });
  });
}
