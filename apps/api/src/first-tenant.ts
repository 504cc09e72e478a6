import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { configFromEnvironment, createLog, Database, SystemClock } from '@tenure/platform';
import { ApiKeys, Tenants } from '@tenure/tenancy';
import { ENTITIES } from '@tenure/schema';

/** Creates a tenant with its owner and prints the credentials, which exist nowhere else, as one line of JSON. */
const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'My organisation' },
    owner: { type: 'string', default: 'owner@example.com' },
  },
});
const config = configFromEnvironment();
const database = await Database.connect(config, createLog('first-tenant', 'silent'), ENTITIES);
const credentials = await new Tenants(database, new ApiKeys(database, new SystemClock())).create(
  values.name,
  values.owner,
);
await database.close();
process.stdout.write(`${JSON.stringify(credentials)}\n`);
