import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MembersByHand } from './scim-app/edit-by-hand.js';
import type { FaultRule } from './scim-app/faults.js';
import type { Received } from './scim-app/request-log.js';
import type { Stored } from './scim-app/store.js';

export interface ScimPeerOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly token?: string;
  readonly dataFile?: string;
}

/** A user as the app holds it, with the names of its groups. */
export interface ScimUser extends Stored {
  readonly userName: string;
  readonly externalId?: string;
  readonly active?: boolean;
  readonly groups: readonly string[];
}

export interface ScimState {
  readonly users: readonly ScimUser[];
  readonly groups: readonly Stored[];
}

/** The SCIM app as a process of its own, and its control door. */
export class ScimPeer {
  private constructor(
    private readonly child: ChildProcess,
    readonly baseUrl: string,
    readonly token: string,
  ) {}

  /** Starts the app and waits until it listens. */
  static async start(options: ScimPeerOptions = {}): Promise<ScimPeer> {
    const token = options.token ?? 'scim-app-token';
    const env = { ...process.env, SCIM_APP_PORT: String(options.port ?? 0), SCIM_APP_TOKEN: token };
    const data = options.dataFile === undefined ? {} : { SCIM_APP_DATA: options.dataFile };
    const child = spawn(process.execPath, [...END_WITH_US, ...command()], {
      env: { ...env, ...data, NODE_OPTIONS: '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const endWithUs = () => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    return new ScimPeer(child, await firstAddress(child), token);
  }

  get port(): number {
    return Number(new URL(this.baseUrl).port);
  }

  /** Makes the app misbehave. */
  async inject(...rules: readonly FaultRule[]): Promise<void> {
    await this.control('POST', 'faults', rules);
  }

  /** Makes the app differ from the RFC in these ways, by their names in `quirks.ts`, and in no others. */
  async behave(...quirks: readonly string[]): Promise<void> {
    await this.control('PUT', 'quirks', quirks);
  }

  async clearFaults(): Promise<void> {
    await this.control('DELETE', 'faults');
  }

  /** Every SCIM request so far. */
  async received(): Promise<readonly Received[]> {
    return (await this.control('GET', 'log')) as Received[];
  }

  async state(): Promise<ScimState> {
    return (await this.control('GET', 'state')) as ScimState;
  }

  /** Somebody makes a user in the app itself. */
  async addUser(user: Readonly<Record<string, unknown>>): Promise<Stored> {
    return (await this.control('POST', 'users', user)) as Stored;
  }

  /** Somebody changes a user in the app itself. */
  async changeUser(id: string, change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.control('PATCH', `users/${id}`, change);
  }

  /** Somebody deletes a user in the app itself; it is in no group any more. */
  async deleteUser(id: string): Promise<void> {
    await this.control('DELETE', `users/${id}`);
  }

  /** Somebody changes a group's members in the app itself. */
  async changeMembers(group: string, members: MembersByHand): Promise<void> {
    await this.control('POST', `groups/${encodeURIComponent(group)}/members`, members);
  }

  /** Somebody makes a group in the app itself. */
  async addGroup(displayName: string): Promise<Stored> {
    return (await this.control('POST', 'groups', { displayName })) as Stored;
  }

  /** Somebody deletes a group in the app itself. */
  async deleteGroup(group: string): Promise<void> {
    await this.control('DELETE', `groups/${encodeURIComponent(group)}`);
  }

  /** No users, no groups, no faults, no log. */
  async reset(): Promise<void> {
    await this.control('POST', 'reset');
  }

  /** Ends the process, by default politely, and waits until it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }

  private async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const url = new URL(`/__control/${path}`, this.baseUrl);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${url.pathname} answered ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  }
}

/** Ends the child when this process does, however it ends: its stdin is closed then. */
const END_WITH_US = ['--import', 'data:text/javascript,process.stdin.on("end",()=>process.exit()).resume().unref()'];

// From the build the app is JavaScript; from the source it runs through the loader beside it.
function command(): string[] {
  const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  if (import.meta.url.endsWith('.js')) return [beside('./scim-app.js')];
  return ['--import', new URL('./typescript.mjs', import.meta.url).href, beside('./scim-app.ts')];
}

async function firstAddress(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (!stdout) throw new Error('the SCIM app has no output');
  const lines = createInterface({ input: stdout });
  const exit = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the SCIM app ended with ${String(code)}`)),
  );
  const [line] = (await Promise.race([once(lines, 'line'), exit])) as [string];
  exit.catch(() => undefined);
  return (JSON.parse(line) as { baseUrl: string }).baseUrl;
}
