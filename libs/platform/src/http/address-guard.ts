import { lookup as resolve } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

// RFC 4291 §2.4: the only block from which global unicast addresses are given out. Everything else that a parser
// calls "unicast" (`::127.0.0.1`, for one) is another way to write an internal address.
const GLOBAL_IPV6: Range = ipaddr.parseCIDR('2000::/3');
/** Public by number, internal by use: a cloud's host agent, reachable only from inside its machines. */
const INTERNAL_BY_USE = new Set(['168.63.129.16']);

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a URL names this machine. */
export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.has(hostname);

/** A host whose address is neither public nor in the operator's allow-list: nothing was sent. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor(readonly host: string) {
    super(`${host} has no address that is public or in the operator’s allow-list of networks`);
    this.name = 'AddressRefused';
  }
}

/**
 * Decides which addresses the platform may connect to: public unicast ones, and the operator's allow-list.
 * The address that was resolved for the connection is the one judged, so a second DNS answer cannot get around it.
 */
export class AddressGuard {
  private readonly allowed: readonly Range[];

  constructor(allowedNetworks: readonly string[] = []) {
    this.allowed = allowedNetworks.map((network) => ipaddr.parseCIDR(network));
  }

  /** Whether this literal address may be connected to. */
  allows(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.parse(address);
    return this.isListed(parsed) || (isPublic(parsed) && !INTERNAL_BY_USE.has(parsed.toString()));
  }

  /** Whether a host is written as an address which may never be connected to; names are judged by `lookup`. */
  refusesLiteral(host: string): boolean {
    const bare = host.replace(/^\[(.*)\]$/, '$1');
    return isIP(bare) !== 0 && !this.allows(bare);
  }

  assertLiteralAllowed(host: string): void {
    if (this.refusesLiteral(host)) throw new AddressRefused(host);
  }

  /** Resolves the host once and refuses it when none of its addresses may be connected to. */
  async assertAllowed(host: string): Promise<void> {
    this.assertLiteralAllowed(host);
    if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return;
    await new Promise<void>((done, fail) => {
      this.lookup(host, { all: true }, (error) => (error ? fail(error) : done()));
    });
  }

  /** For `net.connect`: resolves a name and hands out only the addresses that may be connected to. */
  readonly lookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const usable = addresses.filter(({ address }) => this.allows(address));
      const [first] = usable;
      if (first === undefined) return callback(new AddressRefused(hostname), '');
      if (options.all === true) return callback(null, usable satisfies LookupAddress[]);
      callback(null, first.address, first.family);
    });
  };

  private isListed(address: Address): boolean {
    const plain = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
    return this.allowed.some(([network, bits]) => plain.kind() === network.kind() && plain.match(network, bits));
  }
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}
