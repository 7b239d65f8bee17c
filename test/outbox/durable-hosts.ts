// Hosts with durable listeners over one database: in the process of the test, or as processes of their own.
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { GatehouseEvents } from '../../src/events/gatehouse-events.js';
import type { GatehouseService } from '../../src/gatehouse.service.js';
import { importBuilt } from '../support/built.js';
import { guardChild, onDispose } from '../support/cleanup.js';
import type { TestDatabase } from '../support/database.js';
import { addressOf, openHostDataSource } from '../support/host-data-source.js';
import { nodeOfTheProduct } from '../support/node.js';

const HOST = join(import.meta.dirname, 'delivering-host.mjs');

const warnings: string[] = [];
const logger = {
  log: () => undefined,
  error: () => undefined,
  warn: (line: unknown) => void warnings.push(String(line)),
};

export interface DurableHost {
  readonly app: INestApplicationContext;
  readonly dataSource: DataSource;
  readonly gatehouse: GatehouseService;
  readonly events: GatehouseEvents;
  /** Warnings of all hosts of this process, for which Nest has one logger. */
  readonly warnings: string[];
}

/** A host in this process, through `url` to the database. */
export async function openHost(
  database: TestDatabase,
  { url = database.url } = {},
): Promise<DurableHost> {
  const built = await importBuilt('index.js');
  const dataSource = await openHostDataSource(
    { ...database, url },
    {
      entities: built.gatehouseEntities(),
      migrations: built.gatehouseMigrations(),
      migrationsRun: true,
      ...walOf(database),
    },
  );
  @Module({
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => dataSource.options,
        dataSourceFactory: () => Promise.resolve(dataSource),
      }),
      built.GatehouseModule.forRoot({ secret: database.secret }),
    ],
  })
  class Host {}
  const app = await NestFactory.createApplicationContext(Host, { logger, abortOnError: false });
  onDispose(() => app.close());
  const gatehouse = app.get(built.GatehouseService);
  return { app, dataSource, gatehouse, events: app.get(built.GatehouseEvents), warnings };
}

/** Lets a host store events and deliver none. */
export async function stopDelivery({ app }: DurableHost): Promise<void> {
  const { EventDispatcher } = await importBuilt('outbox/event-dispatcher.js');
  await app.get(EventDispatcher, { strict: false }).onModuleDestroy();
}

interface HostTask {
  /** File for the events that its listener gets. */
  readonly file: string;
  /** How long its listener takes. */
  readonly delayMs?: number;
  /** Kills it at the event of this number. */
  readonly dyingAt?: number;
  /** Makes it add two users to this account, and die between the COMMIT of the first and that of the second. */
  readonly dyingIn?: string;
}

/** A host as a process. */
export function startHost(database: TestDatabase, task: HostTask): ChildProcess {
  const { driver: _, ...address } = addressOf(database) as { driver?: unknown };
  const options = { ...address, ...walOf(database) };
  const facts = JSON.stringify({ options, secret: database.secret, ...task });
  const child = spawn(nodeOfTheProduct, [HOST, facts], { stdio: 'inherit' });
  guardChild(child);
  return child;
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** What the listeners of such hosts got. */
export function received(file: string): { pid: number; subject: string; id: string }[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [pid, subject = '', id = ''] = line.split(' ');
      return { pid: Number(pid), subject, id };
    });
}

function walOf({ kind }: TestDatabase): object {
  return kind === 'sqlite' ? { enableWAL: true } : {};
}
