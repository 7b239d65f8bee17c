import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { StartError } from '../../../../common/errors/start.error.js';
import { isRepeatable } from '../../../../database/database-errors.js';
import {
  SerializedQueryRunner,
  serializeSqlite,
} from '../../../../database/dialects/sqlite/sqlite-serialization.js';
import { fileReason, makePrivateFolder } from '../../../config/files.js';
import type { Engine } from '../engine.js';
import { sqliteDriver } from './sqlite-driver.js';
import type { SqliteFile } from './sqlite-url.js';

/** How long SQLite waits for another process at the start; later the query runner waits (sqlite-serialization.ts). */
const BUSY_TIMEOUT_MS = 5_000;
/** How long to wait for another process that holds the write lock, and the pause between two attempts. */
const WAIT_MS = 60_000;
const PAUSE_MS = 100;

const READ_ONLY = 'the file cannot be written: check its owner, mode and file system';
const REMEDIES: Readonly<Record<string, string>> = {
  SQLITE_CANTOPEN: READ_ONLY,
  SQLITE_CORRUPT: 'the file is damaged: restore it from a backup',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'the file is no SQLite database',
  SQLITE_READONLY: READ_ONLY,
  SQLITE_READONLY_DIRECTORY: READ_ONLY,
};

export function sqliteEngine({ type, file }: SqliteFile): Engine {
  return {
    options: {
      type,
      driver: sqliteDriver(),
      database: file,
      enableWAL: true,
      timeout: BUSY_TIMEOUT_MS,
      // better-sqlite3 builds WAL with NORMAL, which may lose the last commits at a power cut.
      prepareDatabase: (database: { pragma(text: string): void }) => {
        database.pragma('synchronous = FULL');
      },
    },

    adapt: (dataSource) => serializeSqlite(dataSource, SerializedQueryRunner),

    beforeConnecting: () => createPrivately(file),

    // `prepareDatabase` has set up its only connection.
    prepareSessions: () => Promise.resolve(),

    migrateAlone,

    async beforeServing(dataSource) {
      // From here on there are requests, and a wait inside SQLite would block the event loop.
      await dataSource.query('PRAGMA busy_timeout = 1');
    },

    remedyFor(error) {
      if (error.syscall === 'mkdir') return `its folder ${fileReason(error)}`;
      if (error.syscall === 'open') return `the file ${fileReason(error)}`;
      return REMEDIES[error.code ?? ''];
    },

    isTransient: ({ code = '' }) => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code),
  };
}

/** Creates the file with mode 0600; SQLite gives its journal the same mode (S-158). */
function createPrivately(file: string): void {
  makePrivateFolder(dirname(file));
  closeSync(openSync(file, 'a', 0o600));
}

/** SQLite needs no other lock than the write lock of the file, which ends with the process that holds it. */
async function migrateAlone(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.beforeMigration();
  try {
    await beginWhenFree(runner);
    try {
      await work();
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  } finally {
    await runner.afterMigration();
  }
}

async function beginWhenFree(runner: QueryRunner): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await runner.startTransaction();
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      if (performance.now() >= deadline)
        throw new StartError('another instance is still migrating');
      await sleep(PAUSE_MS);
    }
  }
}
