// Tests of the example shop, which installs the packed package into an empty folder, with one major version of Nest.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardChild, onDispose } from '../support/cleanup.js';
import { createTestDatabase } from '../support/database.js';
import { request, type HttpResponse } from '../support/http.js';
import {
  INSTALL_LIMIT_MS,
  installShop,
  runTests,
  TEST_RUN_LIMIT_MS,
  type NestLine,
} from '../support/installed-host.js';
import { nodeOfTheProduct, LESS_WORK } from '../support/node.js';
import { describeOnce, type DescribeOnTargets } from '../support/targets.js';

const START_LIMIT_MS = 120_000;
const SHOP_TESTS = 8;

/** Declares the tests of a shop on a major version of Nest, on the adapters and databases of `describeOn`. */
export function describeShop(line: NestLine, describeOn: DescribeOnTargets): void {
  jest.setTimeout(TEST_RUN_LIMIT_MS + INSTALL_LIMIT_MS);

  describe(`a shop on Nest ${line.version} (${line.type})`, () => {
    let shop: string;

    beforeAll(async () => {
      shop = await installShop(line);
    }, INSTALL_LIMIT_MS);

    describeOnce('as a host', () => {
      it('passes the tests of the module options (S-184, S-190, S-191)', async () => {
        const { passed, failed, output } = await runTests(shop, 'dist/host/options.test.js');
        expect(failed === 0 ? '' : output).toBe('');
        expect(passed).toBeGreaterThan(30);
      });

      it('guards its gateways and message handlers', async () => {
        const { passed, failed, output } = await runTests(shop, 'dist/host/transports.test.js');
        expect(failed === 0 ? '' : output).toBe('');
        expect(passed).toBe(3);
      });
    });

    describeOn('on an adapter and a database', ({ adapter, database }) => {
      it('passes its own tests, with callers from nest-gatehouse/testing (S-184)', async () => {
        const { url } = await createTestDatabase(database);
        const env = { HTTP_ADAPTER: adapter, DATABASE_URL: url };
        const { passed, failed, output } = await runTests(shop, 'dist/test/orders.test.js', env);
        expect(failed === 0 ? '' : output).toBe('');
        expect(passed).toBe(SHOP_TESTS);
      });

      it('serves sign-in, a guarded route allowed and refused, and its own scope in the token', async () => {
        const { url: databaseUrl } = await createTestDatabase(database);
        const url = await serve(shop, { HTTP_ADAPTER: adapter, DATABASE_URL: databaseUrl });
        await expectShopWorks({ url });
        expect.hasAssertions();
      });
    });
  });
}

/** Starts the shop as its users do; it stops with the test file at the latest. */
async function serve(shop: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(nodeOfTheProduct, ['dist/src/main.js'], {
    cwd: shop,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
      ...LESS_WORK,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child);
  onDispose(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += 50) {
    const [, url] = /open at (http:\S+),/.exec(output) ?? [];
    if (url !== undefined) return url;
    await sleep(50);
  }
  throw new Error(`the shop did not open:\n${output}`);
}

async function expectShopWorks(shop: { url: string }): Promise<void> {
  const password = 'three grey geese in a green field';
  const signUp = {
    account_name: 'Lantern Works',
    full_name: 'Ada Lovelace',
    email_address: 'ada@example.com',
    password,
    country: 'GBR',
    terms: true,
  };
  expect(await request(shop, 'POST', '/api/v1/account', { json: signUp })).toMatchObject({
    status: 202,
  });
  const owner = await signIn(shop, signUp.email_address, password);

  const clerk = {
    email_address: 'bob@example.com',
    first_name: 'Bob',
    surname: 'B',
    role: 'clerk',
    password,
  };
  const made = await request(shop, 'POST', '/api/v1/account/user', {
    bearer: owner.token,
    json: clerk,
  });
  expect(made.status).toBe(201);
  const bob = await signIn(shop, clerk.email_address, password);
  expect(bob.scope).toEqual(['clerk']);

  const order = { item: 'Lantern', quantity: 2 };
  const place = (bearer?: string): Promise<HttpResponse> =>
    request(shop, 'POST', '/orders', { json: order, ...(bearer === undefined ? {} : { bearer }) });
  expect((await place(bob.token)).status).toBe(201);
  expect((await place()).body).toMatchObject({ code: 40101 });
  // A clerk may place orders but not list the users of the account.
  const refused = await request(shop, 'GET', '/api/v1/account/user', { bearer: bob.token });
  expect([refused.status, refused.body.code]).toEqual([403, 40302]);
  const narrowed = await signIn(shop, signUp.email_address, password, 'orders:read');
  expect((await place(narrowed.token)).body).toMatchObject({ code: 40302 });
  const list = await request(shop, 'GET', '/orders', { bearer: narrowed.token });
  expect(list.body).toMatchObject([order]);
}

async function signIn(
  shop: { url: string },
  user: string,
  password: string,
  scope?: string,
): Promise<{ token: string; scope: string[] }> {
  const query = scope === undefined ? '' : `&scope=${encodeURIComponent(scope)}`;
  const { status, body } = await request(shop, 'POST', `/oauth/token?grant_type=password${query}`, {
    basic: [user, password],
  });
  expect(status).toBe(200);
  return { token: body.access_token, scope: body.Scope };
}
