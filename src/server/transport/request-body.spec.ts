import { describe, expect, it } from '@jest/globals';
import { incoming } from '../../../test/support/incoming.js';
import { codeOf, quickest } from '../../../test/support/unit.js';
import { parseRequestBody } from './request-body.js';

interface Given {
  readonly type?: string;
  readonly coding?: string;
  readonly url?: string;
}

function parse(
  body: string | Buffer,
  { type = 'application/json', coding, url = '/oauth/token' }: Given = {},
) {
  const headers: [string, string][] = [['Content-Type', type]];
  if (coding !== undefined) headers.push(['Content-Encoding', coding]);
  return parseRequestBody(incoming({ url, headers }), Buffer.from(body));
}
const code = (body: string | Buffer, given?: Given) => codeOf(() => parse(body, given));

describe('parseRequestBody: type', () => {
  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json ; charset="utf-8"',
    'application/json;',
    'application/json; charset=utf8',
    'application/json; version=1',
  ])('takes %j (S-131)', (type) => {
    expect(parse('{"a":1}', { type })).toEqual({ a: 1 });
  });

  it.each([
    '',
    ' ',
    'application',
    'json',
    'application/',
    '/json',
    'application/*',
    '*/*',
    'application/jsonx',
    'application/json5',
    'application/vnd.api+json',
    'application/problem+json',
    'application/ json',
    'application\t/json',
    'application/json, text/plain',
    'text/plain, application/json',
    'application/json text/plain',
    'application/json/x',
    'application/json\0',
    'text/json',
    'text/plain',
    'text/html',
    'multipart/form-data; boundary=x',
    'multipart/form-data; boundary=application/json',
    'application/octet-stream',
    'application/json; charset=utf-16',
    'application/json; charset=utf-16le',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-7',
    'application/json; charset=',
    'application/json; charset',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-16; charset=utf-8',
    'application/json; charset=utf-8 utf-16',
    'application/json; =utf-8',
    'application/json;;;charset=utf-8',
    'application/json; charset*=utf-16',
    'appl\u0131cation/json',
  ])('refuses %j with 415 (S-131)', async (type) => {
    expect(await code('{"a":1}', { type })).toBe(41501);
  });

  it('refuses a body without a type (S-131)', async () => {
    const request = incoming({ url: '/oauth/token' });
    expect(await codeOf(() => parseRequestBody(request, Buffer.from('{}')))).toBe(41501);
  });

  it.each([
    ['/oauth/token', undefined],
    ['/oauth/token?grant_type=password', undefined],
    ['/oauth/revoke', undefined],
    ['/link/reset', undefined],
    ['/link/reset/x', undefined],
    ['/oauth', 41501],
    ['/oauthx/token', 41501],
    ['/OAUTH/token', 41501],
    ['/link', 41501],
    ['/links/reset', 41501],
    ['/x/link/reset', 41501],
    ['//oauth/token', 41501],
    ['/api/v1/account', 41501],
    ['/api/v1/account?/oauth/', 41501],
    ['/', 41501],
  ])('accepts a form at %s or refuses it: %s (S-131)', async (url, expected) => {
    expect(await code('a=1', { type: 'application/x-www-form-urlencoded', url })).toBe(expected);
  });

  it.each(['{"a":1}', '{'])(
    'refuses the JSON %s at a page, which has a form (S-131)',
    async (body) => {
      expect(await code(body, { url: '/link/reset' })).toBe(41501);
    },
  );

  it('parses a hostile type in linear time (S-140)', async () => {
    for (const part of [' ', ';', '; ', ' ;', 'a', ';a=', '="', ';a="', '\t']) {
      const type = `application/json${part.repeat(16_000 / part.length)}\u0001`;
      expect(await code('{}', { type })).toBe(41501);
      expect(await quickest(() => code('{}', { type }))).toBeLessThan(100);
    }
  });
});

describe('parseRequestBody: coding and content', () => {
  it.each(['gzip', 'deflate', 'br', 'GZIP', 'identity, gzip', 'gzip, identity', 'x', ''])(
    'refuses the coding %j, with and without a body (S-127)',
    async (coding) => {
      expect(await code('{}', { coding })).toBe(41501);
      expect(await code('', { coding })).toBe(41501);
    },
  );

  it('takes the coding identity', () => {
    expect(parse('{}', { coding: 'identity' })).toEqual({});
    expect(parse('{}', { coding: 'Identity' })).toEqual({});
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', ''])(
    'treats an empty body of type %j as no body (S-130)',
    (type) => {
      expect(parse('', { type })).toBeUndefined();
    },
  );

  it.each([' ', '\n', '\t'])('treats %j as a body, and as bad JSON (S-130)', async (body) => {
    expect(await code(body)).toBe(40002);
  });

  it.each([
    ['a lone byte FF', Buffer.from([0x22, 0xff, 0x22])],
    ['a cut sequence', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['Latin-1', Buffer.from('"é"', 'latin1')],
    ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le')],
  ])('refuses %s: it is no UTF-8 (S-131, S-136)', async (_, body) => {
    expect(await code(body)).toBe(40002);
    expect(await code(body, { type: 'application/x-www-form-urlencoded' })).toBe(40002);
  });
});
