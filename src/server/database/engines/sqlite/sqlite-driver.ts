import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Loads the better-sqlite3 that works on this version of Node, for the `driver` of a DataSource. Version 13 uses
 * Node-API and includes its binaries, but ends Node 20 at its first statement; 12 ends Node 24.19 and later (ADR 5).
 */
export function sqliteDriver(): unknown {
  return Number.parseInt(process.versions.node, 10) >= 22
    ? require('better-sqlite3')
    : require('better-sqlite3-12');
}
