import { afterAll, describe } from '@jest/globals';
import { createTestDatabase } from '../support/database.js';
import { describeTenancy } from './tenancy/tenancy-contract.js';
import { tablesOf } from './tenancy/tenant-rows.js';

const database = await createTestDatabase();
const tables = await tablesOf(database);
afterAll(() => database.drop());

describe('tenants', () => describeTenancy(database, tables));
