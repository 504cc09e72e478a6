import type { SpawnOptions, StdioOptions } from 'node:child_process';

/** How a child ended; `error` when it could not even be started. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

/** What to run, and how it is asked to stop. */
export interface RunOptions extends Omit<SpawnOptions, 'detached' | 'signal'> {
  readonly name?: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** The polite signal; SIGTERM unless told. */
  readonly signal?: NodeJS.Signals;
  /** Stopped after all that are not: a database goes when its users are gone. */
  readonly backend?: boolean;
  /** How long after the polite signal it is killed; 10 s unless told. */
  readonly graceMs?: number;
}

/** A child that runs until it is stopped. */
export interface ServiceOptions extends RunOptions {
  readonly name: string;
  readonly logFile?: string;
  /** Written to its stdin, which is then closed. */
  readonly input?: string;
  /** Called when it ends without having been asked to. */
  readonly onCrash?: (service: Service) => void;
  readonly stdio?: StdioOptions;
}

/** A child that was started; it never outlives the process that started it. */
export interface Service {
  readonly name: string;
  readonly pid: number | undefined;
  readonly running: boolean;
  /** Resolves (never rejects) when the child has ended. */
  readonly exited: Promise<Exit>;
  /** Asks politely, kills after the grace. */
  stop(): Promise<Exit>;
  /** SIGKILL, now. */
  kill(): Promise<Exit>;
  /** The end of its log. */
  lastLines(count?: number): string;
}

export function spawnService(options: ServiceOptions): Service;
export function run(options: RunOptions): Promise<Exit & { readonly stdout: string; readonly stderr: string }>;
export function removeAtEnd(path: string): void;
export function stopEverything(): Promise<void>;
