import { beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, runTests, TEST_RUN_LIMIT_MS } from '../support/host-programs.js';
import { INSTALL_LIMIT_MS, installBareHost } from '../support/installed-host.js';
import { newestNode } from '../support/node.js';
import { PATIENCE_MS } from '../support/patience.js';

const BARE_HOST = `
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  gatehouseEntities,
  GatehouseModule,
  gatehouseMigrations,
  GatehouseService,
  OnGatehouseEvent,
  type GatehouseEvent,
  type GatehouseOptions,
} from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const secret = randomBytes(48).toString('base64url');
const directory = mkdtempSync(join(tmpdir(), 'bare-host-'));
const billed: string[] = [];

@Injectable()
class Billing {
  @OnGatehouseEvent('account.created', { durable: true })
  bill({ accountId }: GatehouseEvent<'account.created'>): void {
    billed.push(accountId);
  }
}

function open(options: GatehouseOptions = {}) {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: join(directory, 'host.sqlite'),
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
        migrationsRun: true,
      }),
      GatehouseModule.forRoot({ secret, ...options }),
    ],
    providers: [Billing],
  })
  class Host {}
  return NestFactory.create(Host, { logger: false, abortOnError: false });
}

test('a minimal host', async () => {
  for (const name of ['@nestjs/swagger', '@redis/client', 'mysql2', 'nodemailer', 'pg']) {
    await assert.rejects(import(name), /Cannot find package/);
  }
  const app = await open();
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const owner = await gatehouseTesting(app).as();
  assert.equal((await fetch(url + '/oauth/me', { headers: owner.headers })).status, 200);
  assert.equal((await fetch(url + '/oauth/me')).status, 401);
  await app.close();
});

test('a host with redisUrl and without the package does not start', async () => {
  await assert.rejects(open({ redisUrl: 'redis://127.0.0.1:6379' }), {
    message: 'GatehouseModule: option redisUrl needs the package @redis/client: npm install @redis/client',
  });
});

test('a host with mail.smtpUrl and without the package does not start', async () => {
  const mail = { smtpUrl: 'smtps://smtp.example.com' };
  await assert.rejects(open({ publicUrl: 'https://app.example.com', mail }), {
    message: 'GatehouseModule: option mail.smtpUrl needs the package nodemailer: npm install nodemailer',
  });
});

// Without enableShutdownHooks, and nothing ends the process: it must end by itself.
test('a host is opened and closed several times in one process', async () => {
  const accounts: string[] = [];
  for (let round = 1; round <= 3; round++) {
    const app = await open();
    await app.init();
    const gatehouse = app.get(GatehouseService);
    for (const id of accounts) {
      const trail = await gatehouse.verifyAudit(id);
      assert.deepEqual([trail.isIntact, trail.sealed, trail.waiting], [true, 2, 0]);
    }
    const { account } = await gatehouseTesting(app).as();
    accounts.push(account.id);
    const { items } = await gatehouse.listAuditRecords(account.id);
    assert.deepEqual(items.map(({ event }) => event), ['sign_in.succeeded', 'account.created']);
    await app.close();
  }
  // Each start delivers what the one before has left.
  const app = await open();
  await app.init();
  for (let tries = 0; tries < 1_200 && new Set(billed).size < 4; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(accounts.filter((id) => !billed.includes(id)), []);
  await app.close();
});
`;

describe('a host without Swagger, Fastify, WebSockets, microservices, Redis, nodemailer, mysql2 and pg', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await installBareHost(newestNode);
    writeFileSync(join(directory, 'main.ts'), BARE_HOST);
    writeFileSync(join(directory, 'main.cts'), BARE_HOST);
    compile(directory, ['main.ts', 'main.cts'], {
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
    });
  }, INSTALL_LIMIT_MS);

  it.each(['main.js', 'main.cjs'])(
    'compiles against every declaration of the package, guards its routes, and ends (%s)',
    async (file) => {
      const host = { directory, node: newestNode };
      const { passed, failed, output } = await runTests(host, `dist/${file}`);
      expect(failed === 0 ? '' : output).toBe('');
      expect(passed).toBe(4);
    },
    TEST_RUN_LIMIT_MS + PATIENCE_MS,
  );
});
