import 'reflect-metadata';
import { configFromEnvironment, migrate } from '@tenure/platform';
import { MIGRATIONS } from '@tenure/schema';

const ran = await migrate(configFromEnvironment().databaseOwnerUrl.reveal(), MIGRATIONS);
process.stdout.write(`${ran.length === 0 ? 'The database is up to date.' : `Migrated: ${ran.join(', ')}.`}\n`);
