import path from 'node:path';
import { spawnService, type Exit, type Service } from '../../scripts/lib/processes.mjs';
import { eventually } from './eventually.js';

export interface ProgramOptions {
  readonly name: string;
  /** Below `dist/apps`. */
  readonly script: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** It ended, and nobody had asked for it. */
  readonly onCrash: (name: string) => void;
}

/** The folder with the compiled programs. */
export const DIST = process.env.TEST_DIST ?? path.resolve('dist');

/** The api or a worker as a real process, to be killed, frozen, stopped and started again. */
export class Program {
  private service: Service | undefined;

  constructor(private readonly options: ProgramOptions) {}

  get name(): string {
    return this.options.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  get pid(): number | undefined {
    return this.service?.pid;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<this> {
    this.launch();
    await eventually(`${this.name} is ready`, () => this.isReady());
    return this;
  }

  /** Starts it as a supervisor does: nobody waits, and one that finds no database yet ends and may be started again. */
  launch(): void {
    if (this.service?.running) return;
    const { name, script, env, logFile, onCrash } = this.options;
    let wasReady = false;
    const service = spawnService({
      name,
      command: process.execPath,
      args: [path.join(DIST, 'apps', script)],
      env,
      logFile,
      onCrash: () => wasReady && onCrash(name),
    });
    this.service = service;
    eventually(`${name} is ready`, async () => (service.running ? this.isReady() : true)).then(
      () => (wasReady = service.running),
      () => undefined,
    );
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.service?.kill();
  }

  /** SIGTERM: it may finish what it has begun. */
  async stop(): Promise<Exit> {
    if (!this.service) throw new Error(`${this.name} was never started`);
    return this.service.stop();
  }

  /** SIGSTOP: it neither works nor notices that time goes by. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** The end of its log, without our own questions whether it is ready. */
  lastLines(count: number): string {
    const lines = this.service?.lastLines(50 * count).split('\n') ?? [];
    return lines
      .filter((line) => !line.includes('/health/'))
      .slice(-count)
      .join('\n');
  }

  async isReady(): Promise<true | undefined> {
    const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok || undefined;
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined && this.service?.running) process.kill(this.pid, signal);
  }
}
