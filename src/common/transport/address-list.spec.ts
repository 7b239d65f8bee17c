import { describe, expect, it } from '@jest/globals';
import { isAddressOrNarrowCidr } from './address-list.js';

describe('isAddressOrNarrowCidr', () => {
  it.each([
    '192.0.2.7',
    '192.0.2.0/24',
    '192.0.2.7/24',
    '10.0.0.0/8',
    '0.0.0.0/8',
    '::1',
    '2001:db8::/32',
    '2600::/16',
    'fc00::/7',
    'fd00::/8',
    'fe80::/10',
    '::ffff:192.0.2.1',
    '::FFFF:192.0.2.0/120',
    '::ffff:c000:200/120',
    '::ffff:10.0.0.0/104',
    '64:ff9b::c000:200/120',
    '2002:c000:200::/40',
  ])('accepts %s', (entry) => {
    expect(isAddressOrNarrowCidr(entry)).toBe(true);
  });

  it.each([
    '',
    ' ',
    'loopback',
    'uniquelocal',
    'localhost',
    'example.com',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/',
    '1.2.3.4/08',
    '1.2.3.4/8/8',
    '1.2.3.4/255.0.0.0',
    '::1/129',
    '::ffff:1.2.3.4/129',
    'fe80::1%eth0',
    '64:ff9b::192.0.2.1',
    '1.2.3.4 ',
    '0x7f.0.0.1',
    '1.2.3.4\n',
  ])('refuses %j (S-195)', (entry) => {
    expect(isAddressOrNarrowCidr(entry)).toBe(false);
  });

  it.each([
    ['IPv4', ['0.0.0.0/0', '1.2.3.4/0', '0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/7', '192.0.2.7/7']],
    [
      'IPv4 as IPv4-mapped addresses',
      [
        '::ffff:0:0/96',
        '::ffff:0.0.0.0/96',
        '0:0:0:0:0:FFFF:1.2.3.4/96',
        '::ffff:0:0/97',
        '::ffff:128.0.0.0/97',
        '::ffff:10.0.0.0/103',
        '::ffff:192.0.2.0/24',
        '::ffff:0:0/80',
      ],
    ],
    [
      'IPv4 behind a translator or in a tunnel',
      [
        '::/96',
        '::ffff:0:0:0/96',
        '64:ff9b::/96',
        '64:ff9b::/97',
        '64:ff9b:1::/48',
        '64:ff9b:1:2::/96',
        '2001::/32',
        '2001:0:4136:e378::/64',
        '2002::/16',
        '2002:8000::/17',
      ],
    ],
    [
      'IPv6',
      ['::/0', '::/1', '8000::/1', '::/16', '2000::/3', '2000::/4', '2400::/12', 'f800::/5'],
    ],
    ['networks around the private ones', ['f000::/4', 'fe00::/8', 'ff00::/8']],
  ])('refuses most of %s (S-195)', (_, entries) => {
    expect(entries.filter((entry) => isAddressOrNarrowCidr(entry))).toEqual([]);
  });
});
