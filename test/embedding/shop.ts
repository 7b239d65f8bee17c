// Tests of the example shop, which installs the packed package, with one major version of Nest.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase } from '../support/database.js';
import { compile, runTests, startProgram, TEST_RUN_LIMIT_MS } from '../support/host-programs.js';
import { folderIn, install, INSTALL_LIMIT_MS, type NestLine } from '../support/installed-host.js';
import { newestNode, nodeOfTheProduct } from '../support/node.js';
import { eventually } from '../support/patience.js';
import { findRedis, RedisServer } from '../support/redis-server.js';
import type { DescribeOnTargets, Target } from '../support/targets.js';
import { expectShopWorks } from './shop-over-http.js';

const SHOP_TESTS = 8;
const root = join(import.meta.dirname, '../..');

/**
 * Declares the tests of a shop on a version of Nest, on the adapters and databases of `describeOn`: with SQLite and
 * without a choice on the newest Node, with the others on the present one.
 */
export function describeShop(
  line: NestLine,
  type: 'commonjs' | 'module',
  describeOn: DescribeOnTargets,
): void {
  jest.setTimeout(TEST_RUN_LIMIT_MS + INSTALL_LIMIT_MS);

  describe(`a shop on ${line} (${type})`, () => {
    let shop: string;
    const on = (node: string) => ({ directory: shop, node });

    beforeAll(async () => {
      shop = await installShop(line, type);
    }, INSTALL_LIMIT_MS);

    describe('as a host', () => {
      it('passes the tests of the module options (S-184, S-190, S-191)', async () => {
        const env: Record<string, string> = {};
        if (findRedis()) env.TEST_REDIS_URL = (await RedisServer.create()).url();
        const { passed, failed, output } = await runTests(
          on(newestNode),
          'dist/host/options.test.js',
          env,
        );
        expect(failed === 0 ? '' : output).toBe('');
        expect(passed).toBeGreaterThan(30);
      });

      it('guards its gateways and message handlers', async () => {
        const { passed, failed, output } = await runTests(
          on(newestNode),
          'dist/host/transports.test.js',
        );
        expect(failed === 0 ? '' : output).toBe('');
        expect(passed).toBe(3);
      });
    });

    describeOn('on an adapter and a database', ({ adapter, database }) => {
      it('passes its own tests, with callers from nest-gatehouse/testing (S-184)', async () => {
        const { url } = await createTestDatabase(database);
        const env = { HTTP_ADAPTER: adapter, DATABASE_URL: url };
        const host = on(nodeWith(database));
        const { passed, failed, output } = await runTests(host, 'dist/test/orders.test.js', env);
        expect(failed === 0 ? '' : output).toBe('');
        expect(passed).toBe(SHOP_TESTS);
      });
    });

    describe('as a program', () => {
      it('serves sign-in, a guarded route allowed and refused, and its own scope in the token', async () => {
        const { url, secret } = await createTestDatabase('sqlite');
        const env = { PORT: '0', DATABASE_URL: url, GATEHOUSE_SECRET: secret };
        const output = startProgram(on(newestNode), 'dist/src/main.js', env);
        const opened = await eventually(() => {
          const [, address] = /open at (http:\S+),/.exec(output()) ?? [];
          if (address === undefined) throw new Error(`the shop did not open:\n${output()}`);
          return address;
        });
        await expectShopWorks({ url: opened });
        expect.hasAssertions();
      });
    });
  });
}

function nodeWith(database: Target['database']): string {
  return database === 'sqlite' ? newestNode : nodeOfTheProduct;
}

/** Compiles the example and the tests of `test/embedding/host` in a folder of an installation. */
async function installShop(line: NestLine, type: string): Promise<string> {
  const directory = folderIn(await install(line), 'shop');
  const example = join(root, 'examples/monolith');
  for (const part of ['src', 'test', 'ormconfig.ts']) {
    cpSync(join(example, part), join(directory, part), { recursive: true });
  }
  cpSync(join(root, 'test/embedding/host'), join(directory, 'host'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(example, 'package.json'), 'utf8')) as object;
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, type }));
  compile(directory, ['src', 'test', 'host', 'ormconfig.ts']);
  return directory;
}
