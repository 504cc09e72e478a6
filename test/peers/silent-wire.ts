import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A wire to any server that can go silent: bytes are swallowed, and no connection ends. */
export class SilentWire {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly silenced = new WeakSet<Socket>();
  private isSilent = false;

  constructor(private readonly target: { readonly host: string; readonly port: number }) {
    this.server = createServer((client) => this.connectThrough(client));
  }

  /** Listens; the same address, by way of the wire. */
  static async to(address: string): Promise<{ readonly wire: SilentWire; readonly address: string }> {
    const url = new URL(address);
    const wire = new SilentWire({ host: url.hostname, port: Number(url.port) });
    await new Promise<void>((done) => wire.server.listen(0, '127.0.0.1', done));
    url.hostname = '127.0.0.1';
    url.port = String((wire.server.address() as AddressInfo).port);
    return { wire, address: url.href };
  }

  /** The connections that there are are silent for good; others are not. */
  silenceOpen(): void {
    for (const socket of this.sockets) this.silenced.add(socket);
  }

  /** Everything is silent, and so is whatever connects. */
  silenceAll(): void {
    this.silenceOpen();
    this.isSilent = true;
  }

  /** What connects from now on is heard; what was silenced stays so. */
  restore(): void {
    this.isSilent = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private connectThrough(client: Socket): void {
    const server = connect(this.target.port, this.target.host);
    const pair = [client, server];
    const end = (): void => pair.forEach((socket) => socket.destroy());
    for (const socket of pair) {
      this.sockets.add(socket);
      if (this.isSilent) this.silenced.add(socket);
      socket.on('error', end).on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.on('data', (data) => {
      if (!this.silenced.has(client)) server.write(data);
    });
    server.on('data', (data) => {
      if (!this.silenced.has(server)) client.write(data);
    });
  }
}
