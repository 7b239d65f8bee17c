import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, runTests } from '../support/host-programs.js';
import { INSTALL_LIMIT_MS, installBareHost } from '../support/installed-host.js';

const BARE_HOST = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { gatehouseEntities, GatehouseModule, gatehouseMigrations } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: gatehouseEntities(),
      migrations: gatehouseMigrations(),
      migrationsRun: true,
    }),
    GatehouseModule.forRoot({ secret: randomBytes(48).toString('base64url') }),
  ],
})
class Host {}

test('a minimal host', async () => {
  for (const name of ['@nestjs/swagger', 'mysql2', 'pg']) {
    await assert.rejects(import(name), /Cannot find package/);
  }
  const app = await NestFactory.create(Host, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const owner = await gatehouseTesting(app).as();
  assert.equal((await fetch(url + '/oauth/me', { headers: owner.headers })).status, 200);
  assert.equal((await fetch(url + '/oauth/me')).status, 401);
  await app.close();
});
`;

describe('a host without Swagger, Fastify, WebSockets, microservices, mysql2 and pg', () => {
  it(
    'compiles against every declaration of the package, starts and guards its routes',
    async () => {
      const host = await installBareHost();
      writeFileSync(join(host, 'main.ts'), BARE_HOST);
      compile(host, ['main.ts'], { skipLibCheck: false, exactOptionalPropertyTypes: true });
      const { passed, failed, output } = await runTests(host, 'dist/main.js');
      expect(failed === 0 ? '' : output).toBe('');
      expect(passed).toBe(1);
    },
    INSTALL_LIMIT_MS,
  );
});
