import { describe, expect, it } from '@jest/globals';
import { incoming } from '../../../test/support/incoming.js';
import { compileAddressList } from './address-list.js';
import {
  clientAddress,
  compileTrustedProxies,
  isLoopback,
  UNKNOWN_ADDRESS,
} from './client-address.js';

const PROXY = '10.0.0.1';
const trusts = compileTrustedProxies(['10.0.0.0/8', '2001:db8:1::/48']);

function addressOf(peer: string, ...forwarded: string[]): string {
  const headers = forwarded.map((value) => ['X-Forwarded-For', value] as const);
  return clientAddress(incoming({ peer, headers }), trusts);
}

describe('clientAddress', () => {
  it.each([
    ['no header', '203.0.113.9', [], '203.0.113.9'],
    ['a header from a stranger', '203.0.113.9', ['198.51.100.1'], '203.0.113.9'],
    ['a header from a stranger that names a proxy', '203.0.113.9', [PROXY], '203.0.113.9'],
    ['a header from a proxy', PROXY, ['198.51.100.1'], '198.51.100.1'],
    ['forged entries on the left', PROXY, ['127.0.0.1, 10.0.0.9, 198.51.100.1'], '198.51.100.1'],
    ['a proxy behind a proxy', PROXY, ['6.6.6.6, 198.51.100.1, 10.0.0.2'], '198.51.100.1'],
    ['an IPv6 proxy', '2001:db8:1::5', ['2001:db8:2::9'], '2001:db8:2::9'],
    ['a mapped proxy', '::ffff:10.0.0.1', ['198.51.100.1'], '198.51.100.1'],
    ['a mapped client', PROXY, ['::ffff:198.51.100.1'], '198.51.100.1'],
    ['a mapped peer', '::ffff:203.0.113.9', [], '203.0.113.9'],
    ['proxies only', PROXY, ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
    ['a proxy that says nothing', PROXY, [], PROXY],
    ['two headers', PROXY, ['6.6.6.6', '198.51.100.1'], '198.51.100.1'],
  ])('finds the right-most hop that is not trusted: %s (S-117)', (_, peer, forwarded, expected) => {
    expect(addressOf(peer, ...forwarded)).toBe(expected);
  });

  it.each([
    ['203.0.113.9:51234', '203.0.113.9'],
    ['203.0.113.9:0', '203.0.113.9'],
    ['[2001:db8::9]:4711', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['[::ffff:203.0.113.9]:4711', '203.0.113.9'],
    ['\t203.0.113.9 ', '203.0.113.9'],
    ['6.6.6.6,203.0.113.9:1,10.0.0.2:2', '203.0.113.9'],
    ['unknown, 203.0.113.9', '203.0.113.9'],
  ])('reads %j (S-207)', (entry, expected) => {
    expect(addressOf(PROXY, entry)).toBe(expected);
    expect(addressOf(PROXY, `198.51.100.7, ${entry}`)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    ',',
    '198.51.100.1,',
    '198.51.100.1, , 10.0.0.2',
    'unknown',
    '_hidden',
    '_hidden:4711',
    'unknown:4711',
    'proxy.internal',
    'localhost',
    '198.51.100.1:',
    '198.51.100.1:port',
    '198.51.100.1:123456',
    '198.51.100.1:80:80',
    '[198.51.100.1]:80',
    '[2001:db8::9',
    '2001:db8::9]',
    '[2001:db8::9]4711',
    '[2001:db8::9]:',
    '[]',
    '[fe80::1%eth0]:80',
    'fe80::1%eth0',
    '10.0.0.1%eth0',
    '010.0.0.1',
    '0x0a.0.0.1',
    '167772161',
    '10.1',
    '10.0.0.1/8',
    '198.51.100.1 request=forged',
    '198.51.100.1 10.0.0.1',
    '198.51.100.1;10.0.0.1',
    '"198.51.100.1"',
    '"[2001:db8::9]:4711"',
    'for=198.51.100.1',
    '256.1.1.1',
    '\u009b31m',
    '\u00a010.0.0.1',
    'x'.repeat(5000),
    `fe80::1%${'a'.repeat(5000)}`,
  ])('gives the unknown address if a proxy forwards %j (S-207, S-150)', (entry) => {
    expect(addressOf(PROXY, entry)).toBe(UNKNOWN_ADDRESS);
    expect(addressOf(PROXY, `198.51.100.7, ${entry}`)).toBe(UNKNOWN_ADDRESS);
    expect(addressOf(PROXY, `${entry}, 10.0.0.2`)).toBe(UNKNOWN_ADDRESS);
    expect(addressOf(PROXY, '198.51.100.7', entry)).toBe(UNKNOWN_ADDRESS);
  });

  it.each([
    ['Forwarded', 'for=198.51.100.7'],
    ['X-Real-IP', '198.51.100.7'],
  ])('does not treat a proxy that sends only %s as the client (S-207)', (name, value) => {
    const alone = [[name, value]] as const;
    expect(clientAddress(incoming({ peer: PROXY, headers: alone }), trusts)).toBe(UNKNOWN_ADDRESS);
    const both = [...alone, ['X-Forwarded-For', '203.0.113.9']] as const;
    expect(clientAddress(incoming({ peer: PROXY, headers: both }), trusts)).toBe('203.0.113.9');
    const stranger = incoming({ peer: '203.0.113.9', headers: alone });
    expect(clientAddress(stranger, trusts)).toBe('203.0.113.9');
  });

  it('gives an unknown address that no address list contains (S-207)', () => {
    for (const list of [['0.0.0.0/1', '128.0.0.0/1'], ['::/1', '8000::/1'], [PROXY], []]) {
      expect(compileAddressList(list)(UNKNOWN_ADDRESS)).toBe(false);
    }
  });

  it('gives the unknown address for a socket that was closed', () => {
    expect(clientAddress({ ...incoming({}), socket: {} } as never, trusts)).toBe('');
  });
});

describe('compileTrustedProxies', () => {
  it('trusts no address by default (S-115)', () => {
    const noProxy = compileTrustedProxies([]);
    expect(
      ['127.0.0.1', '::1', '10.0.0.1', '203.0.113.9'].some((address) => noProxy(address)),
    ).toBe(false);
  });

  it.each([
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['9.255.255.255', false],
    ['::ffff:10.1.2.3', true],
    ['2001:db8:1:ffff::', true],
    ['2001:db8:2::', false],
    ['', false],
    ['unknown', false],
  ])('says whether %j is in the networks: %s (S-115)', (address, isTrusted) => {
    expect(trusts(address)).toBe(isTrusted);
  });

  it.each([
    'all',
    'true',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '10.0.0.0/',
    '10.0.0',
    'proxy.example.com',
    '',
  ])('refuses a list with %j (S-115)', (entry) => {
    expect(() => compileTrustedProxies([entry])).toThrow(/address|range/i);
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'is true for %s (S-121)',
    (address) => {
      expect(isLoopback(address)).toBe(true);
    },
  );

  it.each([
    '',
    '128.0.0.1',
    '10.0.0.1',
    '::',
    '::2',
    '127.0.0.1.example.com',
    '127.evil',
    '0.0.0.0',
    '::ffff:10.0.0.1',
    '::1%eth0',
    'localhost',
  ])('is false for %j (S-121)', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});

describe('a client whose address has two spellings', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:0:192.0.2.1', '::ffff:0:192.0.2.1'],
  ])('has one address: %s becomes %s (S-117)', (address, expected) => {
    expect(addressOf(address)).toBe(expected);
  });
});
