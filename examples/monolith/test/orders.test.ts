// Tests the real application of the shop, with callers from nest-gatehouse/testing.
import type { INestApplication } from '@nestjs/common';
import { gatehouseTesting, type GatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../src/create-app.js';

let app: INestApplication;
let url: string;
let gatehouse: GatehouseTesting;

before(async () => {
  process.env['GATEHOUSE_SECRET'] ??= randomBytes(48).toString('base64url');
  process.env['DATABASE_URL'] ??= 'sqlite::memory:';
  app = await createApp();
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  gatehouse = gatehouseTesting(app);
});

after(() => app.close());

interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

async function send<T>(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: object,
): Promise<Reply<T>> {
  const response = await fetch(url + path, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const LANTERN = { item: 'Lantern', quantity: 2 };

describe('orders', () => {
  it('can be placed and read only with the scope', async () => {
    const { account } = await gatehouse.account();
    const clerk = await gatehouse.as({ role: 'clerk', account });
    const reader = await gatehouse.as({ role: 'read_only', account });

    const placed = await send<{ placedById: string }>('POST', '/orders', clerk.headers, LANTERN);
    assert.equal(placed.status, 201);
    assert.equal(placed.body.placedById, clerk.user.id);
    const read = await send<object[]>('GET', '/orders', reader.headers);
    assert.equal(read.body.length, 1);

    const refused = await send<{ code: number }>('POST', '/orders', reader.headers, LANTERN);
    assert.deepEqual([refused.status, refused.body.code], [403, 40302]);
    const anonymous = await send<{ code: number }>('GET', '/orders');
    assert.deepEqual([anonymous.status, anonymous.body.code], [401, 40101]);
  });

  it('are visible in their own account only', async () => {
    const mine = await gatehouse.as();
    await send('POST', '/orders', mine.headers, LANTERN);
    const theirs = await gatehouse.as();
    assert.deepEqual((await send('GET', '/orders', theirs.headers)).body, []);
  });

  it('are limited to the scopes of a narrowed token', async () => {
    const narrowed = await gatehouse.as({ scopes: ['orders:read'] });
    assert.equal((await send('GET', '/orders', narrowed.headers)).status, 200);
    assert.equal((await send('POST', '/orders', narrowed.headers, LANTERN)).status, 403);
  });

  it('can be placed by an API key whose role holds the scope', async () => {
    const clerk = await gatehouse.asApiKey({ role: 'clerk' });
    assert.equal((await send('POST', '/orders', clerk.headers, LANTERN)).status, 201);
    const sender = await gatehouse.asApiKey({ role: 'send_only', account: clerk.account });
    assert.equal((await send('GET', '/orders', sender.headers)).status, 403);
  });

  it('need the same scopes in GraphQL', async () => {
    const query = { query: '{ orders { item quantity } }' };
    const clerk = await gatehouse.as({ role: 'clerk' });
    await send('POST', '/orders', clerk.headers, LANTERN);
    const allowed = await send<object>('POST', '/graphql', clerk.headers, query);
    assert.deepEqual(allowed.body, { data: { orders: [LANTERN] } });

    const sender = await gatehouse.as({ role: 'send_only' });
    for (const headers of [sender.headers, {}]) {
      const { body } = await send<{ data: unknown; errors: object[] }>(
        'POST',
        '/graphql',
        headers,
        query,
      );
      assert.equal(body.data, null);
      assert.match(JSON.stringify(body.errors), headers === sender.headers ? /40302/ : /40101/);
    }
  });
});

describe('the shop', () => {
  it('adds its own role and claim to tokens', async () => {
    const clerk = await gatehouse.as({ role: 'clerk' });
    const [, payload = ''] = clerk.accessToken.split('.');
    const { scope, shop } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      scope: string[];
      shop: string;
    };
    assert.deepEqual([scope, shop], [['clerk'], `shop of ${clerk.account.id}`]);
  });

  it('adds a customer for every new user', async () => {
    const clerk = await gatehouse.as({ role: 'clerk' });
    for (let tries = 0; tries < 1_500; tries++) {
      const { body } = await send<{ points: number }>('GET', '/customers/me', clerk.headers);
      if (body.points === 100) return;
      await sleep(20);
    }
    assert.fail('no points');
  });

  it('describes both parts of its API, with their security', async () => {
    interface Operation {
      readonly security?: Record<string, string[]>[];
      readonly 'x-required-scopes'?: string[];
    }
    interface Description {
      readonly paths: Record<string, Record<string, Operation>>;
      readonly components: { securitySchemes: Record<string, object> };
    }
    const { body } = await send<Description>('GET', '/docs-json');
    const needs = (path: string, method: string) =>
      body.paths[path]?.[method]?.['x-required-scopes'];
    assert.deepEqual(needs('/orders', 'post'), ['orders:write']);
    assert.deepEqual(needs('/api/v1/account/user', 'get'), ['users:read']);
    assert.deepEqual(body.paths['/orders']?.['get']?.security, [
      { basic: [] },
      { oauth2: ['orders:read'] },
      { bearer: [] },
    ]);
    assert.deepEqual(Object.keys(body.components.securitySchemes).toSorted(), [
      'basic',
      'bearer',
      'oauth2',
    ]);
    assert.match(
      JSON.stringify(body.components.securitySchemes),
      /"orders:write":"orders:read, POST/,
    );
  });
});
