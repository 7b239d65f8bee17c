import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { LoggedPaths } from './logged-path.js';

const paths = new LoggedPaths([
  '/oauth/token',
  '/api/v1/account/user',
  '/api/v1/account/user/:id',
  '/api/v1/account/api_key/:id/rotate',
  '/.well-known/jwks.json',
  '/docs',
  '/wild/*',
]);

const id = randomUUID();

describe('the route of a log line', () => {
  it.each([
    ['/oauth/token', '/oauth/token'],
    [`/api/v1/account/user/${id}`, '/api/v1/account/user/:id'],
    ['/api/v1/account/user/a%2Fsecret', '/api/v1/account/user/:id'],
    [`/api/v1/account/api_key/${id}/rotate`, '/api/v1/account/api_key/:id/rotate'],
    ['/wild/secret', '/wild/*'],
  ])('of %s is %s (S-210)', (path, route) => {
    expect(paths.routeOf(path)).toBe(route);
  });

  it.each([
    '/',
    '',
    '*',
    'oauth',
    '/oauth',
    '/oauth/',
    '//oauth/token',
    '/oauth/token/',
    '/OAuth/token',
    '/oauth/secret',
    '/api/v1/account/user/',
    '/api/v1/account/user/a/b',
    '/a'.repeat(8000),
  ])('of %s is none', (path) => {
    expect(paths.routeOf(path)).toBeUndefined();
  });
});

describe('the path of a log line', () => {
  it.each([
    '/',
    '',
    '/oauth/token',
    '/api/v1/account/user',
    `/api/v1/account/user/${id}`,
    `/api/v1/account/api_key/${id}/rotate`,
    '/.well-known/jwks.json',
    '/oauth/account',
    '//oauth//token/',
  ])('is the path itself if all its segments are known: %s', (path) => {
    expect(paths.shown(path)).toBe(path);
  });

  const secret = `gths_${randomBytes(36).toString('hex')}`;
  const key = `gthk_${randomBytes(16).toString('hex')}`;
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${randomBytes(60).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
  it.each([
    ['an API key', `/${key}.${secret}`, '/*'],
    ['key and secret', `/oauth/me/${key}:${secret}`, '/oauth/*/*'],
    ['a refresh token', `/oauth/token/${randomBytes(96).toString('base64url')}`, '/oauth/token/*'],
    ['an access token', `/oauth/${jwt}`, '/oauth/*'],
    ['base64 with slashes', `/ab/cd+ef/${'Zz/'.repeat(3)}==`, '/*/*/*/*/*/*'],
    ['a percent-encoded secret', `/%67ths_${secret.slice(5)}`, '/*'],
    ['a secret encoded twice', `/%2567ths_${secret.slice(5)}`, '/*'],
    ['an encoded slash', `/oauth%2Ftoken%2F${secret}`, '/*'],
    ['a matrix parameter', `/oauth/token;token=${secret}`, '/oauth/*'],
    ['a parameter behind an id', `/api/v1/account/user/${id};${secret}`, '/api/v1/account/user/*'],
    [
      'user info of an absolute target',
      `http://ada:${secret}@host/oauth/token`,
      '*//*/oauth/token',
    ],
    ['an authority', `ada:${secret}@host:443`, '*'],
    ['a fragment', `/oauth/token#${secret}`, '/oauth/*'],
    ['a short password', '/hunter2', '/*'],
    ['words', '/three/grey/geese', '/*/*/*'],
    ['an id in another form', `/api/v1/account/user/${id.toUpperCase()}`, '/api/v1/account/user/*'],
    [
      'an id without dashes',
      `/api/v1/account/user/${id.replaceAll('-', '')}`,
      '/api/v1/account/user/*',
    ],
    ['another case', '/OAuth/token', '/*/token'],
    ['a forged line', '/x"}\n{"level":"log"', '/*'],
    ['the name of a parameter', '/:id', '/*'],
  ])('hides %s (S-210)', (_, path, expected) => {
    expect(paths.shown(path)).toBe(expected);
  });

  it('is short, however long the path is (S-210)', () => {
    expect(paths.shown('/a'.repeat(8000))).toBe(`${'/*'.repeat(11)}/…`);
    expect(paths.shown('/'.repeat(16_000))).toBe(`${'/'.repeat(12)}…`);
    expect(paths.shown('a'.repeat(16_000))).toBe('*');
  });
});
