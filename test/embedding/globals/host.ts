// A host in this process whose database is a copy of a prepared file.
import { Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  PasswordHasher,
  type PasswordVerdict,
} from '../../../src/common/crypto/password-hasher.js';
import { gatehouseEntities, gatehouseMigrations } from '../../../src/database/for-hosts.js';
import type { GatehouseOptions, GatehouseSetup } from '../../../src/gatehouse-options.js';
import { GatehouseModule } from '../../../src/gatehouse.module.js';
import { sqliteDriver } from '../../../src/server/database/engines/sqlite/sqlite-driver.js';
import { temporaryDirectory } from '../../support/cleanup.js';

export type Adapter = 'express' | 'fastify';

export interface Host {
  readonly app: INestApplication;
  readonly url: string;
}

/** What a host adds to an application, and how. */
export interface HostParts extends Pick<ModuleMetadata, 'controllers' | 'imports' | 'providers'> {
  readonly gatehouse?: GatehouseSetup & Pick<GatehouseOptions, 'links'>;
  readonly prepare?: (app: INestApplication) => unknown;
  /** Whether Nest adds its parsers of bodies, as by default. */
  readonly bodyParser?: boolean;
}

const SECRET = randomBytes(48).toString('base64url');
const directory = temporaryDirectory('globals');
let files = 0;

/** Hashing is not what these tests are about. */
class InstantHasher extends PasswordHasher {
  hash(password: string): Promise<string> {
    return Promise.resolve(`instant:${Buffer.from(password).toString('hex')}`);
  }

  async verify(password: string, stored: string | null): Promise<PasswordVerdict> {
    return { isCorrect: stored === (await this.hash(password)), isOutdated: false };
  }
}

const newFile = () => join(directory, `${++files}.sqlite`);

/** A file with our tables, in the state that `fill` leaves behind. */
export async function prepared(fill: (host: Host) => Promise<void>): Promise<string> {
  const file = newFile();
  const host = await listening('fastify', file, {}, true);
  await fill(host);
  await host.app.close();
  return file;
}

/** Starts a host with these parts on a copy of the file. */
export async function startHost(
  adapter: Adapter,
  { file, ...parts }: HostParts & { readonly file: string },
): Promise<Host> {
  const copy = newFile();
  copyFileSync(file, copy);
  return listening(adapter, copy, parts);
}

async function listening(
  adapter: Adapter,
  database: string,
  { imports = [], controllers = [], providers = [], ...parts }: HostParts,
  migrates = false,
): Promise<Host> {
  const { gatehouse = {}, prepare, bodyParser = true } = parts;
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        driver: sqliteDriver(),
        database,
        // With a log, a commit does not wait for the disk, which took a sixth of the time.
        prepareDatabase: (opened: { pragma(text: string): unknown }) => {
          opened.pragma('journal_mode = WAL');
          opened.pragma('synchronous = NORMAL');
        },
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
        migrationsRun: migrates,
      }),
      GatehouseModule.forRoot({
        secret: SECRET,
        password: { hasher: new InstantHasher() },
        session: { max: 5 },
        routes: { health: true },
        ...gatehouse,
      }),
      ...imports,
    ],
    controllers,
    providers,
  })
  class HostModule {}
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const options = { logger: false, abortOnError: false, bodyParser } as const;
  const app = await NestFactory.create(HostModule, http, options);
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}
