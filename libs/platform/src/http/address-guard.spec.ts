import { describe, expect, it } from '@jest/globals';
import { AddressGuard, AddressRefused } from './address-guard.js';

describe('AddressGuard', () => {
  const strict = new AddressGuard();

  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111'])('lets the public address %s through', (address) => {
    expect(strict.allows(address)).toBe(true);
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback, IPv6', '::1'],
    ['this host', '0.0.0.0'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['unique local', 'fc00::1'],
    ['link-local', '169.254.1.1'],
    ['link-local, IPv6', 'fe80::1'],
    ['cloud metadata', '169.254.169.254'],
    ['cloud metadata, IPv6', 'fd00:ec2::254'],
    ['a cloud’s host agent', '168.63.129.16'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '192.0.2.1'],
    ['reserved', '240.0.0.1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped public', '::ffff:8.8.8.8'],
    ['IPv4-compatible loopback', '::7f00:1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['not an address', 'example.com'],
  ])('refuses %s (%s)', (_, address) => {
    expect(strict.allows(address)).toBe(false);
  });

  it('lets the operator’s networks through, also when written as IPv4-mapped', () => {
    const guard = new AddressGuard(['127.0.0.0/8', 'fc00::/7']);
    expect(['127.0.0.1', '::ffff:127.0.0.1', 'fc00::1', '10.0.0.1'].map((a) => guard.allows(a))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it.each(['127.0.0.1', '[::1]', '::1', 'localhost'])('refuses the host %s by its resolved address', async (host) => {
    await expect(strict.assertAllowed(host)).rejects.toBeInstanceOf(AddressRefused);
    await expect(new AddressGuard(['127.0.0.0/8', '::1/128']).assertAllowed(host)).resolves.toBeUndefined();
  });
});
