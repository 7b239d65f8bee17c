import { describe, expect, it } from '@jest/globals';
import type { ModuleRef } from '@nestjs/core';
import { codeOf, quickest, refusalOf } from '../../test/support/unit.js';
import { RequestValidationPipe } from '../common/validation/validation.pipe.js';
import type { TokenRequest } from './grants/grant.js';
import { GRANTS } from './grants/grants.js';
import { TokenEndpoint } from './token-endpoint.js';

/** Replaces each grant with one that answers with its own type and the request that it got. */
const modules = {
  get: (asked: unknown) => ({
    issue: (request: TokenRequest) => {
      const [grantType] = [...GRANTS].find(([, grant]) => grant === asked) ?? [];
      return Promise.resolve({ grantType, ...request });
    },
  }),
};
const endpoint = new TokenEndpoint(new RequestValidationPipe(), modules as unknown as ModuleRef);
const read = async (query: unknown, body?: unknown) => {
  const sent = { query, body, authorization: undefined };
  const answer: unknown = await endpoint.issue(sent, { address: '192.0.2.7', userAgent: null });
  return answer as TokenRequest & { readonly grantType: string };
};
const grantOf = async (query: unknown, body?: unknown) => (await read(query, body)).grantType;

describe('TokenEndpoint: grant_type', () => {
  it.each(['password', 'refresh_token', 'client_credentials'])(
    'accepts %s in the query, the body, or both when they agree (S-62)',
    async (grant_type) => {
      expect(await grantOf({ grant_type })).toBe(grant_type);
      expect(await grantOf({}, { grant_type })).toBe(grant_type);
      expect(await grantOf({ grant_type }, { grant_type })).toBe(grant_type);
    },
  );

  it('accepts a query without a prototype, as Fastify creates it', async () => {
    const query: unknown = Object.assign(Object.create(null) as object, { grant_type: 'password' });
    expect(await grantOf(query)).toBe('password');
  });

  it.each([
    ['none at all', {}, undefined, 40003],
    ['none in an empty body', {}, {}, 40003],
    ['an empty one', { grant_type: '' }, undefined, 40003],
    ['an unknown one', { grant_type: 'authorization_code' }, undefined, 40003],
    ['a prototype member', { grant_type: 'constructor' }, undefined, 40003],
    ['a prototype', { grant_type: '__proto__' }, undefined, 40003],
    ['an inherited method', { grant_type: 'toString' }, undefined, 40003],
    ['an index', { grant_type: '0' }, undefined, 40003],
    ['another case', { grant_type: 'Password' }, undefined, 40003],
    ['a trailing space', { grant_type: 'password ' }, undefined, 40003],
    ['a repeat in the query', { grant_type: ['password', 'password'] }, undefined, 40001],
    ['a list of one', { grant_type: ['password'] }, undefined, 40001],
    ['a nested one', { grant_type: { $ne: '' } }, undefined, 40001],
    ['a conflict', { grant_type: 'password' }, { grant_type: 'refresh_token' }, 40001],
    ['a conflict with an unknown one', { grant_type: 'password' }, { grant_type: 'x' }, 40001],
    ['a conflict with an empty one', { grant_type: 'password' }, { grant_type: '' }, 40001],
    ['null in the body', { grant_type: 'password' }, { grant_type: null }, 40001],
    ['a number in the body', {}, { grant_type: 0 }, 40001],
    ['a list in the body', {}, { grant_type: ['password'] }, 40001],
  ])('refuses %s (S-62)', async (_, query, body, code) => {
    expect(await codeOf(() => read(query, body))).toBe(code);
  });
});

describe('TokenEndpoint: the other members', () => {
  const grant = { grant_type: 'password' };

  it('reads credentials from the body, and refuses them in the query (S-43)', async () => {
    const client = { client_id: 'gthk_1', client_secret: 'gths_1' };
    const body = { username: 'a@x', password: 'pw', refresh_token: 'r', scope: 'send users:read' };
    expect(await read(grant, { ...body, ...client })).toEqual({
      grantType: 'password',
      username: 'a@x',
      password: 'pw',
      refreshToken: 'r',
      clientPair: { id: 'gthk_1', secret: 'gths_1' },
      scope: 'send users:read',
    });
    for (const name of ['username', 'password', 'refresh_token', 'client_secret']) {
      expect(await codeOf(() => read({ ...grant, [name]: 'x' }))).toBe(40001);
    }
  });

  it.each(['username', 'password', 'refresh_token', 'scope', 'client_id', 'client_secret'])(
    'refuses a %s that is not a string, and names it (S-133)',
    async (field) => {
      for (const value of [0, 1, true, false, null, [], ['x'], {}, { $gt: '' }]) {
        const { entry, errors } = await refusalOf(() => read(grant, { [field]: value }));
        expect([entry.code, errors?.[0]?.field]).toEqual([40001, field]);
      }
    },
  );

  it.each([
    ['a list', []],
    ['a list of members', [{ grant_type: 'password' }]],
    ['text', 'grant_type=password'],
    ['a number', 0],
    ['null', null],
  ])('refuses a body that is %s (S-126)', async (_, body) => {
    // `null` is not an object either.
    expect(await codeOf(() => read(grant, body))).toBe(40001);
  });

  it.each<[Record<string, unknown>]>([
    [{ audience: 'https://api.example.com', resource: ['a', 'b'], account_id: 1, admin: true }],
    [{ client_assertion_type: null, nested: { deep: [{}] }, toString: 'x', '': 1 }],
    [{ audience: 'a\u0000b', granttype: 'x', 'grant-type': 'x' }],
  ])('ignores the unknown members %j in body and query (S-98, RFC 6749 §3.2)', async (unknown) => {
    const plain = await read(grant, { scope: 'send' });
    expect(await read(grant, { ...unknown, scope: 'send' })).toEqual(plain);
    expect(await read({ ...unknown, ...grant }, { scope: 'send' })).toEqual(plain);
  });

  it.each([
    'Grant_Type',
    'GRANT_TYPE',
    ' grant_type',
    'grant_type[]',
    'grant_type[0]',
    'grant_type.x',
    'Scope',
    '\u017fcope',
  ])('refuses %j, which another parser could take for a known name (S-98)', async (name) => {
    expect(await codeOf(() => read(grant, { [name]: 'send' }))).toBe(40001);
    expect(await codeOf(() => read({ ...grant, [name]: 'send' }))).toBe(40001);
  });

  it.each(['USERNAME', 'Password', 'refresh_Token', 'Client_Id', 'client_secret '])(
    'refuses %j in the body, which another parser could take for a known name (S-98)',
    async (name) => {
      const { entry, errors } = await refusalOf(() => read(grant, { [name]: 'x' }));
      expect([entry.code, errors?.[0]?.field]).toEqual([40001, name.trim().toLowerCase()]);
    },
  );

  it.each(['constructor', 'prototype', '__proto__', 'a[__proto__]', 'constructor.prototype.x'])(
    'refuses the name %j, which reaches a prototype (S-132)',
    async (name) => {
      const hostile = JSON.parse(`{"${name}":{}}`) as object;
      expect(await codeOf(() => read(grant, hostile))).toBe(40002);
      expect(await codeOf(() => read({ ...hostile, [name]: 'x' }, grant))).toBe(40002);
    },
  );

  it('treats an id without a secret, and an empty pair, as no client (S-193)', async () => {
    for (const body of [
      { client_id: 'web' },
      { client_id: 'web', client_secret: '' },
      { client_id: '', client_secret: '' },
      { client_secret: '' },
      { client_id: '' },
    ]) {
      expect((await read(grant, body)).clientPair).toBeUndefined();
    }
  });

  it('refuses a secret without an id, and names the half that is missing (S-193)', async () => {
    for (const body of [{ client_secret: 'x' }, { client_id: '', client_secret: 'x' }]) {
      const { errors } = await refusalOf(() => read(grant, body));
      expect(errors?.[0]?.field).toBe('client_id');
    }
  });

  it.each(['a  b', ' a', 'a ', 'a\tb', 'a"b', 'a\\b', 'é', 'a\u00a0b'])(
    'refuses the malformed scope %j',
    async (scope) => {
      expect([40001, 40004]).toContain(await codeOf(() => read(grant, { scope })));
      expect([40001, 40004]).toContain(await codeOf(() => read({ ...grant, scope })));
    },
  );

  it('treats an empty scope as absent, and refuses two that differ', async () => {
    expect((await read({ ...grant, scope: '' }, { scope: '' })).scope).toBeUndefined();
    expect((await read({ ...grant, scope: 'send' }, { scope: '' })).scope).toBe('send');
    expect(await codeOf(() => read({ ...grant, scope: 'send' }, { scope: 'users:read' }))).toBe(
      40001,
    );
  });

  it('checks a hostile scope in linear time (S-140)', async () => {
    const scope = `${'a '.repeat(499)}"`;
    const judge = async () => {
      expect(await codeOf(() => read(grant, { scope }))).toBe(40004);
      expect(await codeOf(() => read(grant, { scope: 'a'.repeat(60_000) }))).toBe(40001);
    };
    expect(await quickest(judge)).toBeLessThan(200);
  });
});
