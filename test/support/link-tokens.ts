import { createHash, randomBytes } from 'node:crypto';
import type { TestDatabase } from './database.js';

const DAY_MS = 86_400_000;

/** The ids of a user's open links of a purpose, newest first. */
export async function linksOf(
  database: TestDatabase,
  userId: string,
  purpose: string,
): Promise<string[]> {
  const rows = await database.query(
    'SELECT id FROM one_time_links WHERE user_id = ? AND purpose = ? ORDER BY created_at DESC, id DESC',
    [userId, purpose],
  );
  return rows.map(({ id }) => id as string);
}

/** A token for the newest link of a user: it replaces the link's own, whose key only the service has. */
export async function tokenFor(
  database: TestDatabase,
  userId: string,
  purpose: string,
): Promise<string> {
  const [id] = await linksOf(database, userId, purpose);
  if (id === undefined) throw new Error(`user ${userId} has no link of ${purpose}`);
  const token = Buffer.concat([
    Buffer.from(id.replaceAll('-', ''), 'hex'),
    randomBytes(32),
  ]).toString('base64url');
  const digest = createHash('sha256').update(token).digest('hex');
  await database.query('UPDATE one_time_links SET digest = ? WHERE id = ?', [digest, id]);
  return token;
}

/** Lets a user's links expire. */
export async function expireLinks(database: TestDatabase, userId: string): Promise<void> {
  const sql = 'UPDATE one_time_links SET expires_at = ? WHERE user_id = ?';
  await database.query(sql, [Date.now() - DAY_MS, userId]);
}
