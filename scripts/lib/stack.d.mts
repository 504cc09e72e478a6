import type { PostgresServer } from './postgres.mjs';
import type { Service, ServiceOptions } from './processes.mjs';
import type { RedisServer } from './redis.mjs';

/** What to start, and where its data is. */
export interface StackOptions {
  /** The checkout; this one unless told. */
  readonly root?: string;
  /** Data, secrets, credentials and logs; `.tenure` of the checkout unless told. */
  readonly dataDir?: string;
  /** Begins with nothing. */
  readonly fresh?: boolean;
  /** How many workers; one unless told. */
  readonly workers?: number;
  /** The api's port; PORT, or the first free one from 3000, unless told. */
  readonly port?: number;
  /** Added to the environment of the api and the workers. */
  readonly env?: NodeJS.ProcessEnv;
  /** One line per step; console.log unless told. */
  readonly log?: (line: string) => void;
  /** Called when something of a running stack ends without having been asked to. */
  readonly onCrash?: (service: Service) => void;
}

/** The api or one worker: a process that can be stopped, killed and started again on its port. */
export interface Application {
  readonly name: string;
  readonly url: string;
  readonly pid: number | undefined;
  stop(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
}

export interface Credentials {
  readonly url: string;
  readonly tenantId: string;
  readonly apiKey: string;
  readonly owner: { readonly email: string };
}

/** A running stack; nothing of it outlives the process that started it. */
export interface Stack {
  readonly url: string;
  readonly dataDir: string;
  /** The environment of the api and the workers, with the addresses of PostgreSQL and Redis. */
  readonly env: NodeJS.ProcessEnv;
  readonly credentials: Credentials;
  readonly api: Application;
  readonly workers: readonly Application[];
  /** Undefined when DATABASE_URL names another one. */
  readonly postgres?: PostgresServer;
  /** Undefined when REDIS_URL names another one. */
  readonly redis?: RedisServer;
  addWorker(): Promise<Application>;
  /** Starts a further process, stopped with the stack; it logs to `<dataDir>/logs/<name>.log`. */
  spawn(options: ServiceOptions): Service;
  stop(): Promise<void>;
}

export function startStack(options?: StackOptions): Promise<Stack>;
