// A host with a durable listener, as a process of its own, which writes each event that it gets into a file. Where it is to
// die, it does so at the event of a number; or it adds two users, and dies between the COMMIT of the first and that of the
// second.
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import {
  gatehouseEntities,
  GatehouseEvents,
  GatehouseModule,
  GatehouseService,
} from '../../dist/index.js';
import { sqliteDriver } from '../../dist/server/database/engines/sqlite/sqlite-driver.js';

const { options, secret, file, delayMs, dyingAt, dyingIn } = JSON.parse(process.argv[2]);
const dataSource = await new DataSource({
  ...options,
  ...(options.type === 'better-sqlite3' && { driver: sqliteDriver() }),
  entities: gatehouseEntities(),
}).initialize();
const app = await NestFactory.createApplicationContext(
  {
    module: function Host() {},
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => dataSource.options,
        dataSourceFactory: async () => dataSource,
      }),
      GatehouseModule.forRoot({ secret }),
    ],
  },
  { logger: ['error', 'warn'], abortOnError: false },
);
app.enableShutdownHooks();
// Delivery alone keeps no process alive.
setInterval(() => undefined, 60_000);
let count = 0;
app.get(GatehouseEvents).on(
  'user.changed',
  async ({ id, userId }) => {
    appendFileSync(file, `${process.pid} ${userId} ${id}\n`);
    if (++count === dyingAt) process.kill(process.pid, 'SIGKILL');
    await sleep(delayMs);
  },
  { durable: 'recipient' },
);

const gatehouse = app.get(GatehouseService);
for (const number of dyingIn ? [1, 2] : []) {
  const emailAddress = `user-${number}@example.com`;
  const user = { emailAddress, firstName: 'Ada', surname: 'L', role: 'standard' };
  await dataSource.transaction(async (manager) => {
    const { id } = await gatehouse.createUser(dyingIn, user, { manager });
    await gatehouse.changeUser(dyingIn, id, { firstName: 'Bob' }, { manager });
    if (number === 2) process.kill(process.pid, 'SIGKILL');
  });
}
