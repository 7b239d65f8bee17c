// Replaces TypeORM by 0.3 for what a test file imports afterwards.
import { jest } from '@jest/globals';

/** What the build and the tests import of TypeORM at run time. */
const MODULES = [
  '',
  '/driver/DriverUtils.js',
  '/driver/better-sqlite3/BetterSqlite3QueryRunner.js',
];

export function replaceTypeOrm(): void {
  for (const path of MODULES) {
    jest.unstable_mockModule(`typeorm${path}`, () => import(`typeorm-0.3${path}`));
  }
}
