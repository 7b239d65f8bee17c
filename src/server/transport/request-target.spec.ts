import { describe, expect, it } from '@jest/globals';
import { codeOf, quickest, refusalOf } from '../../../test/support/unit.js';
import { checkedTarget } from './request-target.js';

const code = (url: string) => codeOf(() => checkedTarget(url));

const parameters = (count: number) => Array.from({ length: count }, (_, n) => `p${n}=1`).join('&');

describe('checkedTarget', () => {
  it.each([
    '/',
    '/oauth/token?grant_type=password',
    '/a?',
    '/a?b',
    '/a?b=c%20d&e=%F0%9F%A6%80',
    '/caf%C3%A9',
    '/a?keys=1&passwords=2&tokenize=3&x=password',
  ])('takes %s', async (url) => {
    expect(await code(url)).toBeUndefined();
  });

  it.each([
    'access_token',
    'api_key',
    'apikey',
    'authorization',
    'client_secret',
    'current_password',
    'key',
    'new_password',
    'password',
    'refresh_token',
    'secret',
    'token',
    'username',
  ])('refuses %s in the query, in any spelling (S-41, S-43)', async (name) => {
    const [first = '', ...rest] = name;
    const encoded = `%${first.charCodeAt(0).toString(16)}${rest.join('')}`;
    const spellings = [
      name,
      name.toUpperCase(),
      encoded,
      `${name}[]`,
      `${name}[0]`,
      `${name}.x`,
      `user[${name}]`,
      `user.${name}`,
      `a[b][${name}]`,
      `[${name}]`,
      `+${name}`,
      `${name}%20`,
    ];
    for (const spelling of spellings) {
      expect([spelling, await code(`/a?${spelling}=x`)]).toEqual([spelling, 40001]);
      expect(await code(`/a?b=c&${spelling}`)).toBe(40001);
    }
  });

  it.each(['/link/reset', '/link/email_change', '/%6cink/%72eset', 'https://h/link/reset'])(
    'takes the token of a one-time link in the query of its page %s, and no other credential (S-43)',
    async (page) => {
      expect(await code(`${page}?token=x`)).toBeUndefined();
      expect(await code(`${page}?a=b&%74oken=x&token=y`)).toBeUndefined();
      for (const name of [
        'access_token',
        'password',
        'Token',
        'token[]',
        'a[token]',
        'token.x',
        ' token',
      ]) {
        expect([name, await code(`${page}?token=x&${encodeURIComponent(name)}=y`)]).toEqual([
          name,
          40001,
        ]);
      }
      expect(await code(`${page}?token=x&__proto__=y`)).toBe(40002);
    },
  );

  it.each([
    '/link',
    '/link/',
    '/link/reset/',
    '/link/reset/x',
    '/link/re-set',
    '//link/reset',
    '/x/link/reset',
    '/LINK/reset',
    '/link%2Freset',
    '/links/reset',
  ])('refuses a token in the query of %s, which is no page (S-43)', async (path) => {
    expect(await code(`${path}?token=x`)).toBe(40001);
  });

  it('does not repeat what the query held (S-43)', async () => {
    const { errors } = await refusalOf(() => checkedTarget('/a?password=hunter2'));
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it.each(['__proto__', 'constructor', 'prototype', '__pro%74o__'])(
    'refuses %s in the query with 40002 (S-132)',
    async (name) => {
      for (const query of [
        name,
        `${name}=1`,
        `${name}[a]=1`,
        `a[${name}]=1`,
        `a.${name}.b=1`,
        `a[b][${name}]`,
        `[${name}]`,
      ]) {
        expect([query, await code(`/a?${query}`)]).toEqual([query, 40002]);
      }
    },
  );

  it.each([
    '/a%00b',
    '/%0d%0aSet-Cookie:x',
    '/a%1b[31m',
    '/%7f',
    '/%FF',
    '/%',
    '/a%4',
    '/%zz',
    '/%C0%AF',
    '/%ED%A0%80',
    '/a?b=%',
    '/a?b=%FF',
    '/a?%FF=b',
    '/a?b=%zz&c=1',
  ])('refuses %s, which is ambiguous or malformed (S-137)', async (url) => {
    expect(await code(url)).toBe(40001);
  });

  it.each([
    ['/', '/'],
    ['*', '*'],
    ['/a?b=%41', '/a?b=%41'],
    ['http://auth.example.com/oauth/me', '/oauth/me'],
    ['HTTPS://auth.example.com:8443/oauth/me?a=b', '/oauth/me?a=b'],
    ['http://[2001:db8::1]:80/a', '/a'],
    ['http://auth.example.com', '/'],
    ['http://auth.example.com?a=b', '/?a=b'],
    ['http://auth.example.com//a', '//a'],
    ['http://evil.example/a?next=http://x@y/', '/a?next=http://x@y/'],
    ['//evil.example/a', '//evil.example/a'],
    ['/http://evil.example/a', '/http://evil.example/a'],
    ['/%6f%41uth/%74oken%2f', '/oAuth/token%2f'],
    ['/%2Ewell-known%2Djwks%5F%7e%30', '/.well-known-jwks_~0'],
    ['/caf%C3%A9%20%25%2B', '/caf%C3%A9%20%25%2B'],
    ['/%2541', '/%2541'],
    ['http://h/%6de?%6de', '/me?%6de'],
  ])('brings %s into the form %s (RFC 9112 §3.2)', (sent, expected) => {
    expect(checkedTarget(sent)).toBe(expected);
  });

  it.each([
    '',
    'oauth/me',
    '*/oauth/me',
    'auth.example.com:443',
    'ftp://auth.example.com/a',
    'file:///etc/passwd',
    'javascript://x/a',
    'http:/a',
    'http:a',
    'http:///a',
    'http://?a',
    'http://ada:hunter2@auth.example.com/a',
    'http://ada@auth.example.com/a',
    'http://auth.example.com\\a',
    'http:\\\\auth.example.com/a',
    'http://auth.example.com#a',
    'http://auth.example.com/a#b',
    '/a#b',
    '/a?b#c',
    '#',
  ])('refuses the form %j, which routers read in different ways', async (target) => {
    expect(await code(target)).toBe(40001);
  });

  it('does not accept broken encoding that would be mended by decoding (S-137)', async () => {
    for (const target of ['/%%34%31', '/%4%31', '/%%36f']) expect(await code(target)).toBe(40001);
  });

  it('takes 50 parameters and refuses 51 (S-128)', async () => {
    expect(await code(`/a?${parameters(50)}`)).toBeUndefined();
    expect(await code(`/a?${parameters(51)}`)).toBe(40001);
    expect(await code(`/a?${'&'.repeat(51)}`)).toBe(40001);
  });

  it('answers quickly to a target of 16 KB (S-140)', async () => {
    for (const part of ['[', ']', '.', '%5B', '%41', '+', '=', '[].', '@', ':']) {
      const long = part.repeat(16_000 / part.length);
      expect(await quickest(() => code(`/a?${long}`))).toBeLessThan(100);
      expect(await quickest(() => code(`/${long}`))).toBeLessThan(100);
      expect(await quickest(() => code(`http://${long}`))).toBeLessThan(100);
    }
  });
});
