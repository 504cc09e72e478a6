import type { EntityTarget, FindOptionsWhere, ObjectLiteral, Repository } from 'typeorm';

/** Repository methods that join the running transaction; `save` and `remove` would open their own. */
export interface TxRepository<T extends ObjectLiteral> extends Pick<
  Repository<T>,
  'find' | 'findOneBy' | 'findBy' | 'countBy' | 'existsBy'
> {
  insert(row: Partial<T>): Promise<unknown>;
  update(where: FindOptionsWhere<T>, change: Partial<T>): Promise<unknown>;
  delete(where: FindOptionsWhere<T>): Promise<unknown>;
}

/** One open transaction, bound to one tenant (or, for the system role, to none). */
export interface Tx {
  readonly tenantId: string;
  /** Runs SQL with positional parameters; rows come with the column names of the SQL. */
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /**
   * The same, planned once per connection: for the few statements that come with most requests, of which planning is the larger
   * part. Their texts are constant, and name their columns (PostgreSQL refuses a plan whose columns have changed since).
   */
  prepared<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): TxRepository<T>;
  /** Runs once the commit has succeeded. A failure here is logged and loses nothing: the timers look too. */
  afterCommit(effect: () => Promise<unknown>): void;
}
