// Starts small hosts, a new one for every test.
import 'reflect-metadata';
import { Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { gatehouseEntities, gatehouseMigrations, type TableOptions } from 'nest-gatehouse';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The major version of Nest that is installed. */
export const nestVersion = Number.parseInt(
  (
    JSON.parse(readFileSync('node_modules/@nestjs/core/package.json', 'utf8')) as {
      version: string;
    }
  ).version,
);

export const SECRET = randomBytes(48).toString('base64url');

/** The host's own DataSource, in memory; a second one needs a `name`. */
export function database(options: TableOptions & { name?: string } = {}) {
  const { name, ...tables } = options;
  return TypeOrmModule.forRoot({
    ...(name === undefined ? {} : { name }),
    type: 'better-sqlite3',
    database: ':memory:',
    entities: gatehouseEntities(tables),
    migrations: gatehouseMigrations(tables),
    migrationsRun: true,
  });
}

const open: INestApplication[] = [];

/** Starts an application of these parts. */
export async function start(
  parts: ModuleMetadata,
  prepare?: (app: INestApplication) => void | Promise<void>,
  http: AbstractHttpAdapter = new ExpressAdapter(),
): Promise<{ app: INestApplication; url: string }> {
  @Module(parts)
  class Host {}
  const app = await NestFactory.create(Host, http, { logger: false, abortOnError: false });
  await prepare?.(app);
  open.push(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

/** The error message of an application that refuses to start. */
export async function refusal(parts: ModuleMetadata): Promise<string> {
  try {
    await start(parts);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it started');
}

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((app) => app.close()));
}

/** Repeats a check until it holds, for a minute at most. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    try {
      return await check();
    } catch {
      await sleep(50);
    }
  }
  await check();
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // Each test asserts the form that it expects.
  readonly body: any;
}

export async function send(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: object,
): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(text);
  } catch {
    // A host may also answer without JSON.
  }
  return { status: response.status, headers: response.headers, body: parsed };
}
