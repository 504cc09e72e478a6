import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { describeAccounts } from './account-contract.js';
import { ContractRun, failureOf, ourId } from './contract-run.js';
import { describeEntitlements } from './entitlement-contract.js';
import { describeFailures } from './failure-contract.js';
import type { ConnectorHarness } from './harness.js';
import { describePace } from './pace-contract.js';

/** The suite that every connector passes against a real application of its kind. */
export function describeConnectorContract(name: string, harness: ConnectorHarness): void {
  describe(`${name} connector`, () => {
    const run = new ContractRun(harness);
    beforeAll(() => harness.start());
    afterAll(() => harness.stop());
    beforeEach(() => run.begin());
    afterEach(() => run.connector.close());

    it('says in one line what it reached', async () => {
      const { summary } = await run.connector.test(run.call());
      expect(summary).toMatch(/^[^\n]{10,200}$/);
    });

    describeAccounts(run);
    describeEntitlements(run);
    describeFailures(run);
    describePace(run);

    it('records every exchange, and neither a credential nor a personal value in it or in an error', async () => {
      const { id } = await run.create(1);
      await run.find(1, ourId(1));
      await run.connector.update(run.call(), id, { attributes: run.keyOf(harness.person(2)) });
      const conflict = await failureOf(run.create(2));
      const other = harness.open('wrong_credentials');
      const refused = await failureOf(other.get(run.call(), id));
      await other.close();

      expect(run.calls.map(({ exchanges }) => exchanges.length)).not.toContain(0);
      const everything = JSON.stringify([
        run.calls.map(({ exchanges }) => exchanges),
        printed(conflict),
        printed(refused),
      ]);
      const values = [1, 2].flatMap((number) => Object.values(harness.person(number))).map(String);
      for (const value of [...harness.secrets, ...values]) expect(everything).not.toContain(value);
    });
  });
}

/** Everything that a log or a page could show of an error. */
function printed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${JSON.stringify(error)} ${error.stack ?? ''} ${printed(error.cause)}`;
}
