import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../errors.js';
import { failureOf, ourId } from './contract-run.js';
import type { ContractRun } from './contract-run.js';

/** How fast a connector calls: as fast as it is told to. */
export function describePace(run: ContractRun): void {
  describe('the pace', () => {
    it('is waited for before each exchange, by the class of the call', async () => {
      const { id } = await run.create(1);
      await run.get(id);
      await run.find(1, ourId(1));
      await run.update(id, { enabled: false });
      await run.connector.list(run.call());
      const ref = { kind: run.harness.entitlementKind, name: 'Paced' };
      await run.changeMembers(await run.connector.createEntitlement(run.call(), ref), [id], []);
      const paced = run.calls.map((call) => [...new Set(call.paced)].join());
      expect(paced).toEqual(['write', 'read', 'read', 'write', 'list', 'write', 'members']);
      expect(run.calls.map((call) => call.paced.length)).toEqual(run.calls.map(({ exchanges }) => exchanges.length));
    });

    it('lets nothing be sent whose turn does not come', async () => {
      const late = new ConnectorError('rate_limited', 'too late');
      const call = { ...run.call(), pace: () => Promise.reject(late) };
      expect(await failureOf(run.connector.create(call, run.account(1)))).toBe(late);
      expect(await run.countAccounts(1)).toBe(0);
    });
  });
}
