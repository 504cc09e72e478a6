import { Socket } from 'node:net';
import type { AddressGuard } from '@tenure/platform';

/** A socket for `pg` that judges the address it connects to, at each connection anew. */
export class GuardedSocket extends Socket {
  constructor(private readonly guard: AddressGuard) {
    super();
  }

  // The one form that `pg` uses for TCP.
  override connect(...[port, host]: unknown[]): this {
    const name = String(host);
    try {
      this.guard.assertLiteralAllowed(name);
    } catch (error) {
      return this.destroy(error as Error);
    }
    return super.connect({ port: Number(port), host: name, lookup: this.guard.lookup });
  }
}
