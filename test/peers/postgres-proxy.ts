import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What happens to the next statement: it is lost or silent, before the server sees it or after the server did it. */
export type ProxyFault = 'drop_before_work' | 'drop_after_work' | 'hang_before_work' | 'hang_after_work';

// The first byte of a client's message: Parse and Query begin a statement (PostgreSQL manual, chapter "Message Formats").
const STATEMENT = new Set(['P', 'Q'].map((letter) => letter.charCodeAt(0)));

/** A wire to a PostgreSQL server that can be cut at the worst moment. */
export class PostgresProxy {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private fault?: ProxyFault;

  constructor(
    private readonly targetHost: string,
    private readonly targetPort: number,
  ) {
    this.server = createServer((client) => this.connectThrough(client));
  }

  /** Listens, and says where. */
  async start(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  /** Strikes the next statement, on whichever connection it comes. */
  inject(fault: ProxyFault): void {
    this.fault = fault;
  }

  clear(): void {
    this.fault = undefined;
  }

  private connectThrough(client: Socket): void {
    const server = connect(this.targetPort, this.targetHost);
    let struck: ProxyFault | undefined;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', end).on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.on('data', (data) => {
      if (this.fault && STATEMENT.has(data[0] ?? 0)) [struck, this.fault] = [this.fault, undefined];
      if (struck === 'drop_before_work') end();
      else if (struck !== 'hang_before_work') server.write(data);
    });
    server.on('data', (data) => {
      if (struck === 'drop_after_work') end();
      else if (struck === undefined) client.write(data);
    });
  }
}
