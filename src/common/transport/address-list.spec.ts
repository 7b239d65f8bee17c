import { describe, expect, it } from '@jest/globals';
import { isAddressOrCidr } from './address-list.js';

describe('isAddressOrCidr', () => {
  it.each(['192.0.2.7', '192.0.2.0/24', '::1', '2001:db8::/32', '::ffff:192.0.2.1'])(
    'accepts %s',
    (entry) => {
      expect(isAddressOrCidr(entry)).toBe(true);
    },
  );

  it.each([
    '',
    ' ',
    '0.0.0.0/0',
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
    'fe80::1%eth0',
    '1.2.3.4 ',
    '0x7f.0.0.1',
    '1.2.3.4\n',
  ])('refuses %j (S-195)', (entry) => {
    expect(isAddressOrCidr(entry)).toBe(false);
  });
});
