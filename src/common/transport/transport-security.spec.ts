import { describe, expect, it } from '@jest/globals';
import { incoming, type Incoming } from '../../../test/support/incoming.js';
import { compileTrustedProxies } from './client-address.js';
import { transportSecurity } from './transport-security.js';

const PROXY = '10.0.0.1';
const PROTO = 'X-Forwarded-Proto';

function securityOf(
  request: Incoming,
  { trusted = [PROXY] as string[], allowLoopback = true } = {},
) {
  return transportSecurity(incoming(request), {
    trusts: compileTrustedProxies(trusted),
    allowLoopback,
  });
}

describe('transportSecurity', () => {
  it.each(['203.0.113.9', '127.0.0.1', PROXY])(
    'treats TLS from %s as HTTPS, whatever its headers say',
    (peer) => {
      expect(securityOf({ peer, encrypted: true, headers: [[PROTO, 'http']] })).toBe('https');
    },
  );

  it.each([
    [[[PROTO, 'https']]],
    [[['X-Forwarded-SSL', 'on']]],
    [[['Forwarded', 'proto=https']]],
    [[['Front-End-Https', 'on']]],
    [
      [
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-For', '127.0.0.1'],
        ['X-Real-IP', '127.0.0.1'],
      ],
    ],
  ] as [string, string][][][])('ignores %j from an untrusted peer (S-115)', (headers) => {
    for (const peer of ['203.0.113.9', '127.0.0.1', '::1', '::ffff:203.0.113.9']) {
      expect(securityOf({ peer, headers }, { allowLoopback: false })).toBe('insecure');
      expect(securityOf({ peer, headers }, { allowLoopback: false, trusted: [] })).toBe('insecure');
    }
  });

  it('accepts exactly the value https from a trusted proxy (S-116)', () => {
    const headers = [[PROTO, 'https']] as const;
    expect(securityOf({ peer: PROXY, headers })).toBe('https');
    expect(securityOf({ peer: `::ffff:${PROXY}`, headers })).toBe('https');
  });

  it.each([
    [[]],
    [['']],
    [['http']],
    [['HTTPS']],
    [['https ']],
    [[' https']],
    [['https,']],
    [['https, http']],
    [['http, https']],
    [['https, https']],
    [['https', 'https']],
    [['http', 'https']],
    [['https', 'http']],
    [['https://']],
    [['wss']],
    [['on']],
  ])('treats %j from a trusted proxy as plain HTTP (S-116)', (values) => {
    const headers = values.map((value) => [PROTO, value] as const);
    expect(securityOf({ peer: PROXY, headers })).toBe('insecure');
  });

  it('accepts no other header of a trusted proxy as HTTPS (S-116)', () => {
    for (const name of [
      'Forwarded',
      'X-Forwarded-Ssl',
      'Front-End-Https',
      'X-Url-Scheme',
      'X-Forwarded-Protocol',
    ]) {
      expect(
        securityOf({
          peer: PROXY,
          headers: [[name, name === 'Forwarded' ? 'proto=https' : 'https']],
        }),
      ).toBe('insecure');
    }
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'serves plain HTTP to %s outside production (S-121)',
    (peer) => {
      expect(securityOf({ peer })).toBe('loopback');
      expect(securityOf({ peer }, { allowLoopback: false })).toBe('insecure');
    },
  );

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'x-forwarded-anything',
    'Forwarded',
    'FORWARDED',
    'X-Real-IP',
    'Via',
  ])('refuses plain HTTP from a loopback peer that forwards, as %s shows (S-121)', (name) => {
    for (const value of ['127.0.0.1', 'https', '']) {
      expect(securityOf({ peer: '127.0.0.1', headers: [[name, value]] })).toBe('insecure');
    }
  });

  it.each(['203.0.113.9', '10.0.0.2', '192.168.0.1', '::2', '0.0.0.0', '', undefined])(
    'refuses plain HTTP from any other peer: %s (S-121)',
    (peer) => {
      expect(securityOf({ peer: peer ?? '' })).toBe('insecure');
    },
  );

  it('applies the same rules to a trusted proxy on this machine (S-116, S-121)', () => {
    const options = { trusted: ['127.0.0.1'] };
    expect(securityOf({ peer: '127.0.0.1' }, options)).toBe('insecure');
    expect(securityOf({ peer: '127.0.0.1', headers: [[PROTO, 'http']] }, options)).toBe('insecure');
    expect(securityOf({ peer: '127.0.0.1', headers: [[PROTO, 'https']] }, options)).toBe('https');
  });
});
