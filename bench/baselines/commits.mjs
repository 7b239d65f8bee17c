// The rate of the database alone: one changed row per commit, as durable as the service's commits.
//   node commits.mjs <sqlite:file | mysql://… | postgres://…> <connections> <seconds>
import mysql from 'mysql2/promise';
import pg from 'pg';

// The same choice as in src/server/database/engines/sqlite/sqlite-driver.ts.
const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const { default: Database } = await import(isOldNode ? 'better-sqlite3-12' : 'better-sqlite3');

const [url, connections, seconds] = process.argv.slice(2);
const rows = 1000;
let commits = 0;
let start = 0;
const isRunning = () => performance.now() - start < Number(seconds) * 1000;

if (url.startsWith('sqlite:')) {
  const database = new Database(url.slice('sqlite:'.length));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE IF NOT EXISTS counters (id TEXT PRIMARY KEY, n INTEGER)');
  const insert = database.prepare('INSERT OR IGNORE INTO counters VALUES (?, 0)');
  database.transaction(() => {
    for (let id = 0; id < rows; id++) insert.run(String(id));
  })();
  const update = database.prepare('UPDATE counters SET n = n + 1 WHERE id = ?');
  start = performance.now();
  while (isRunning()) update.run(String(commits++ % rows));
} else if (url.startsWith('postgres:')) {
  const pool = new pg.Pool({ connectionString: url, max: Number(connections) });
  await pool.query('CREATE TABLE IF NOT EXISTS counters (id TEXT PRIMARY KEY, n INT)');
  await pool.query(
    'INSERT INTO counters SELECT i, 0 FROM generate_series(0, $1 - 1) AS i ON CONFLICT DO NOTHING',
    [rows],
  );
  const text = 'UPDATE counters SET n = n + 1 WHERE id = $1';
  await changeOn((id) => pool.query({ name: 'change', text, values: [id] }));
  await pool.end();
} else {
  const pool = mysql.createPool({ uri: url, connectionLimit: Number(connections) });
  await pool.query('CREATE TABLE IF NOT EXISTS counters (id VARCHAR(36) PRIMARY KEY, n INT)');
  const ids = Array.from({ length: rows }, (_, id) => [String(id), 0]);
  await pool.query('INSERT IGNORE INTO counters VALUES ?', [ids]);
  await changeOn((id) => pool.execute('UPDATE counters SET n = n + 1 WHERE id = ?', [id]));
  await pool.end();
}
process.stdout.write(JSON.stringify({ perSecond: commits / ((performance.now() - start) / 1000) }));

/** Changes a row after another, on as many connections at once. */
async function changeOn(change) {
  start = performance.now();
  const work = async () => {
    while (isRunning()) await change(String(commits++ % rows));
  };
  await Promise.all(Array.from({ length: Number(connections) }, work));
}
