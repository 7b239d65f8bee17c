// Loaded into a service before its own code: counts the prepared statements of SQLite that were garbage-collected, and
// makes the garbage collector run often.
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The same choice as in src/server/database/engines/sqlite/sqlite-driver.ts.
const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const { default: Database } = await import(isOldNode ? 'better-sqlite3-12' : 'better-sqlite3');

const PREPARED_PER_COLLECTION = 100;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

let prepared = 0;
let collected = 0;
const statements = new FinalizationRegistry(() => {
  collected += 1;
  writeFileSync(process.env.STATEMENT_WATCH_FILE, String(collected));
});

const { prepare } = Database.prototype;
Database.prototype.prepare = function prepareWatched(sql) {
  const statement = prepare.call(this, sql);
  statements.register(statement);
  prepared += 1;
  if (prepared % PREPARED_PER_COLLECTION === 0) setImmediate(() => collectGarbage());
  return statement;
};
