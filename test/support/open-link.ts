import type { LinkPurpose } from '../../src/links/link-purpose.js';
import type { TestDatabase } from './database.js';
import { digestOf, storeLink, type LinkFacts, type LinkUser } from './stored-link.js';

/** Stores a link of an owner, or of another role; returns its token. */
export async function openLink(
  database: TestDatabase,
  purpose: LinkPurpose,
  user: LinkUser,
  facts: LinkFacts = {},
): Promise<string> {
  const { token } = await storeLink(database, user, purpose, { role: 'owner', ...facts });
  return token;
}

/** Whether the link of a token is still stored. */
export async function isOpen(database: TestDatabase, token: string): Promise<boolean> {
  const digest = digestOf(token);
  const sql = 'SELECT id FROM one_time_links WHERE digest = ?';
  return (await database.query(sql, [digest])).length === 1;
}
