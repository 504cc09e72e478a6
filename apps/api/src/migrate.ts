import 'reflect-metadata';
import { configFromEnvironment, migrate } from '@tenure/platform';
import { MIGRATIONS } from '@tenure/schema';

const ran = await migrate(configFromEnvironment().databaseOwnerUrl.reveal(), MIGRATIONS);
const done = ran.length === 1 ? `1 migration, ${ran[0]}` : `${ran.length} migrations, the last one ${ran.at(-1)}`;
process.stdout.write(`${ran.length === 0 ? 'The database is up to date' : `Applied ${done}`}.\n`);
