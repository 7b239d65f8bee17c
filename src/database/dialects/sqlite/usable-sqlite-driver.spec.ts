import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';
import { sqliteDriver } from '../../../server/database/engines/sqlite/sqlite-driver.js';
import { assertUsableSqliteDriver } from './usable-sqlite-driver.js';

const native = Symbol('native');
const OLD = { [native]: {}, prepare: () => undefined };
const NEW = { ...OLD, explain: () => undefined };
const LIKE_IT = { prepare: () => undefined };

const on = (databaseConnection: object) =>
  ({ driver: { databaseConnection } }) as unknown as DataSource;

describe('the better-sqlite3 of a DataSource', () => {
  it.each(['24.19.0', '24.21.3', '25.0.0', '26.1.0'])('is refused below 13 on Node %s', (node) => {
    expect(() => assertUsableSqliteDriver(on(OLD), node)).toThrow(StartError);
    expect(() => assertUsableSqliteDriver(on(OLD), node)).toThrow('install better-sqlite3 13');
    expect(() => assertUsableSqliteDriver(on(NEW), node)).not.toThrow();
    expect(() => assertUsableSqliteDriver(on(LIKE_IT), node)).not.toThrow();
  });

  it.each(['20.19.0', '22.23.3', '24.18.9'])('may be 12 on Node %s', (node) => {
    expect(() => assertUsableSqliteDriver(on(OLD), node)).not.toThrow();
  });

  it('is recognised by the members of the package itself', () => {
    const Database = sqliteDriver() as new (file: string) => { close(): void };
    const connection = new Database(':memory:');
    const isNew = Number.parseInt(process.versions.node, 10) >= 22;
    const start = () => assertUsableSqliteDriver(on(connection), '24.19.0');
    if (isNew) expect(start).not.toThrow();
    else expect(start).toThrow(StartError);
    connection.close();
  });
});
