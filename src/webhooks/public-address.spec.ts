import { describe, expect, it } from '@jest/globals';
import { allowedAddresses } from './public-address.js';

describe('allowedAddresses', () => {
  const isPublicAddress = allowedAddresses([]);

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '168.63.129.17',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    '0.0.0.0',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.19.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::ffff:0:7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:808:808::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'example.com',
    '127.1',
    '0x7f000001',
    '',
  ])('refuses %j', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('allowedAddresses with networks of the operator', () => {
  const isAllowed = allowedAddresses(['10.20.0.0/16', '::1', 'fd12::/16']);

  it.each(['10.20.3.4', '::1', 'fd12::1', '8.8.8.8'])('takes %s', (address) =>
    expect(isAllowed(address)).toBe(true),
  );

  it.each(['10.21.0.1', '127.0.0.1', 'fd13::1', 'fd12::1%eth0', 'localhost'])(
    'refuses %s',
    (address) => expect(isAllowed(address)).toBe(false),
  );
});
