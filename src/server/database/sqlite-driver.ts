import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * The better-sqlite3 that the present Node can run, loaded, for the `driver` of a DataSource. 13 is built on Node-API
 * and brings its binaries, but ends Node 20 at its first statement; 12 ends Node 24.19 and later (ADR 5).
 */
export function sqliteDriver(): unknown {
  return Number.parseInt(process.versions.node, 10) >= 22
    ? require('better-sqlite3')
    : require('better-sqlite3-12');
}
