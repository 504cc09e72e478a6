import { randomBytes } from 'node:crypto';
import type { Database } from '@tenure/platform';
import { SystemClock } from '@tenure/platform';
import { ApiKeys, Tenants, type Role } from '@tenure/tenancy';

/** A tenant with the key of its owner. */
export interface TestTenant {
  readonly tenantId: string;
  readonly apiKey: string;
  /** A key of another role. */
  keyOf(role: Role): Promise<string>;
}

/** A customer organisation that no other test has. */
export async function createTenant(database: Database): Promise<TestTenant> {
  const keys = new ApiKeys(database, new SystemClock());
  const name = `Tenant ${randomBytes(4).toString('hex')}`;
  const { tenantId, apiKey } = await new Tenants(database, keys).create(name, 'owner@example.com');
  const keyOf = async (role: Role): Promise<string> =>
    (await database.transaction(tenantId, (tx) => keys.create(tx, `a ${role}`, role))).key;
  return { tenantId, apiKey, keyOf };
}
