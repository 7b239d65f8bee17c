// Replaces TypeORM by 0.3 for what a test file imports afterwards.
import { jest } from '@jest/globals';

/** All that the build and the tests import of TypeORM at run time. */
export function replaceTypeOrm(): void {
  jest.unstable_mockModule('typeorm', () => import('typeorm-0.3'));
  jest.unstable_mockModule(
    'typeorm/driver/DriverUtils.js',
    () => import('typeorm-0.3/driver/DriverUtils.js'),
  );
  jest.unstable_mockModule(
    'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js',
    () => import('typeorm-0.3/driver/better-sqlite3/BetterSqlite3QueryRunner.js'),
  );
}
