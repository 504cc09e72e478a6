import type { Service } from './processes.mjs';

/** Which server to start, and where. */
export interface PostgresOptions {
  /** The folder with `postgres` and `initdb`. */
  readonly binDir: string;
  /** Made when it does not exist; its parent must be open to `user`. */
  readonly dataDir: string;
  /** A free one unless told; kept over restarts. */
  readonly port?: number;
  /** The system user to run as when we are root; empty for ourselves. */
  readonly user?: string;
  /** False for throw-away data: nothing is synced to disk. True unless told. */
  readonly durable?: boolean;
  /** Of the superuser; a random one unless told, which fits only new data. */
  readonly password?: string;
  /** `<dataDir>.log` unless told. */
  readonly logFile?: string;
  /** Called when it ends without having been asked to. */
  readonly onCrash?: (service: Service) => void;
  /** Added to the server's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to the server's configuration. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A running server; it is stopped with the process that started it, however that ends. */
export interface PostgresServer {
  /** The superuser's address of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** A fast shutdown: sessions are ended, the data is left clean. */
  stop(): Promise<void>;
  /** SIGKILL, as the out-of-memory killer would. */
  kill(): Promise<void>;
  /** Starts it again, on the same port, after stop or kill. */
  start(): Promise<void>;
  restart(): Promise<void>;
}

export function startPostgres(options: PostgresOptions): Promise<PostgresServer>;
export function databaseUrl(parts: { user: string; password: string; port: number; database: string }): string;
export function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]>;
