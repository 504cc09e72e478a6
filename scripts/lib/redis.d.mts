import type { Service } from './processes.mjs';

/** Which server to start, and where. */
export interface RedisOptions {
  /** The program, unless an image is given. */
  readonly command?: string;
  /** LD_LIBRARY_PATH for a program that is not installed but unpacked. */
  readonly libraryPath?: string;
  /** A container's image, to be run with Docker. */
  readonly image?: string;
  readonly dataDir: string;
  /** A free one unless told; kept over restarts. */
  readonly port?: number;
  /** True (unless told): an append-only file. False: all is gone after a restart. */
  readonly durable?: boolean;
  readonly password?: string;
  /** `<dataDir>.log` unless told. */
  readonly logFile?: string;
  /** Called when it ends without having been asked to. */
  readonly onCrash?: (service: Service) => void;
}

/** A running server; it is stopped with the process that started it, however that ends. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly password: string;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, on the same port, after stop or kill. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** FLUSHALL. */
  flush(): Promise<void>;
}

export function startRedis(options: RedisOptions): Promise<RedisServer>;
