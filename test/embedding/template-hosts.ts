import { beforeAll, expect, it } from '@jest/globals';
import { TEST_RUN_LIMIT_MS } from '../support/host-programs.js';
import { INSTALL_LIMIT_MS } from '../support/installed-host.js';
import { request } from '../support/http.js';
import { describeOn, type Target } from '../support/targets.js';
import { expectShopWorks, type Orders } from './shop-over-http.js';
import { buildAndServe, createHost, runItsTests, type TemplateHost } from './template-host.js';

/** Tests of the template and of `test/embedding/template`, in the folders `src` and `test` of an application. */
const TESTS = { unit: 2, e2e: 6 };
const OF_GLOBALS = 6;

/** What the global prefix, versioning and interceptors of the application change in its own routes. */
const UNDER_GLOBALS: Orders = {
  path: '/api/v1/orders',
  listIn: (body) => body.data as unknown,
};

/** Declares the tests of applications that `nest new` makes. */
export function describeTemplateHosts(hosts: readonly TemplateHost[]): void {
  const targetOf = ({ database, layers }: TemplateHost): Target => ({
    database,
    adapter: layers.includes('express') ? 'express' : 'fastify',
  });
  const define = (target: Target) => {
    const host = hosts.find((each) => targetOf(each).database === target.database);
    if (host) describeTemplateHost(host);
  };
  describeOn(hosts.map(targetOf), 'an application of nest new', define);
}

function describeTemplateHost(host: TemplateHost): void {
  const hasGlobals = host.layers.includes('globals');
  let directory: string;

  beforeAll(async () => {
    directory = await createHost(`${host.template}-${host.database}`, host);
  }, INSTALL_LIMIT_MS);

  it(
    `${host.title}: passes its own tests, and those of guarded controllers`,
    async () => {
      expect(await runItsTests(directory, host)).toEqual({
        unit: host.installation.endsWith('typeorm-0.3') ? 0 : TESTS.unit,
        e2e: TESTS.e2e + (hasGlobals ? OF_GLOBALS : 0),
      });
    },
    2 * TEST_RUN_LIMIT_MS,
  );

  if (!host.plugins) return;
  it(
    'compiles with the plug-in, describes our entities, and serves guarded routes',
    async () => {
      const served = await buildAndServe(directory, host);
      await expectShopWorks(served, hasGlobals ? UNDER_GLOBALS : {});
      const { body } = await request(served, 'GET', '/docs-json');
      expect(body.components.schemas.Order.properties).toMatchObject({
        item: { type: 'string' },
        account: { $ref: expect.stringMatching(/^#/) },
      });
    },
    TEST_RUN_LIMIT_MS,
  );
}
