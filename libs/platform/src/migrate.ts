import { DataSource, type MigrationInterface } from 'typeorm';

type MigrationClass = new () => MigrationInterface;

/** Runs what is missing, one process at a time; the others wait for it and find nothing to do. Returns the names that ran. */
export async function migrate(ownerUrl: string, migrations: readonly MigrationClass[]): Promise<string[]> {
  return withMigrations(ownerUrl, migrations, async (db) =>
    (await db.runMigrations({ transaction: 'each' })).map((ran) => ran.name),
  );
}

/** Takes back every migration, newest first: for tests of `down`. */
export async function unmigrate(ownerUrl: string, migrations: readonly MigrationClass[]): Promise<void> {
  await withMigrations(ownerUrl, migrations, async (db) => {
    for (let left = migrations.length; left > 0; left--) await db.undoLastMigration({ transaction: 'each' });
  });
}

async function withMigrations<T>(
  ownerUrl: string,
  migrations: readonly MigrationClass[],
  work: (db: DataSource) => Promise<T>,
): Promise<T> {
  const db = await new DataSource({
    type: 'postgres',
    url: ownerUrl,
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    extra: { max: 2 },
  }).initialize();
  const guard = db.createQueryRunner();
  try {
    await guard.query("SELECT pg_advisory_lock(hashtext('tenure:migrations'))");
    return await work(db);
  } finally {
    await guard.query("SELECT pg_advisory_unlock(hashtext('tenure:migrations'))");
    await guard.release();
    await db.destroy();
  }
}
