// A host of a few lines, put together anew by every test.
import 'reflect-metadata';
import { Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
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

/** A DataSource of the host's own in memory; `name` for a second one. */
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

/** An application of these parts, listening. */
export async function start(
  parts: ModuleMetadata,
  prepare?: (app: INestApplication) => void | Promise<void>,
): Promise<{ app: INestApplication; url: string }> {
  @Module(parts)
  class Host {}
  const app = await NestFactory.create(Host, { logger: false, abortOnError: false });
  await prepare?.(app);
  open.push(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

/** The message with which the application refuses to start. */
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
  // Tests say what they expect.
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
    // Not every reply of a host is JSON.
  }
  return { status: response.status, headers: response.headers, body: parsed };
}
