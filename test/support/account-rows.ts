import type { Row, TestDatabase } from './database.js';

/** Columns that hold the rights in an account, and that ordinary requests do not change. */
const GRANTS = [
  'SELECT id, name, country, is_active FROM accounts WHERE id = ?',
  'SELECT id, first_name, role, is_active, password_hash FROM users WHERE account_id = ?',
  'SELECT id, role, secret_digest, revoked_at FROM api_keys WHERE account_id = ?',
  'SELECT id, caller_digest FROM api_key_issues WHERE account_id = ?',
  'SELECT id, name, scopes FROM roles WHERE account_id = ?',
  'SELECT id, revoked_at FROM refresh_tokens WHERE account_id = ?',
  'SELECT id, url, is_active, secret FROM webhooks WHERE account_id = ?',
];

/** All rows of rights in an account, in a fixed order, read directly from the database. */
export async function accountRows(database: TestDatabase, accountId: string): Promise<Row[][]> {
  const all: Row[][] = [];
  // One after the other, over one connection.
  for (const sql of GRANTS) all.push(await database.query(`${sql} ORDER BY id`, [accountId]));
  return all;
}
