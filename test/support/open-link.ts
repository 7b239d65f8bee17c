import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { LinkPurpose } from '../../src/links/link-purpose.js';
import type { TestDatabase } from './database.js';

/** The user of a link. */
export interface LinkUser {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
}

/** What a link has that is not its user's. */
export interface LinkFacts {
  readonly role?: string;
  readonly address?: string;
  readonly expiresAt?: number;
}

/** Stores a link of an owner, or of another role, as if the system had made it; returns its token. */
export async function openLink(
  database: TestDatabase,
  purpose: LinkPurpose,
  user: LinkUser,
  { role = 'owner', address = user.email, expiresAt = Date.now() + 3_600_000 }: LinkFacts = {},
): Promise<string> {
  const id = randomUUID();
  const token = Buffer.concat([
    Buffer.from(id.replaceAll('-', ''), 'hex'),
    randomBytes(32),
  ]).toString('base64url');
  const now = Date.now();
  const row = {
    id,
    purpose,
    account_id: user.accountId,
    user_id: user.id,
    address,
    role,
    digest: digestOf(token),
    created_by: 'system',
    created_by_type: 'system',
    created_at: now,
    modified_at: now,
    expires_at: expiresAt,
  };
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  await database.query(
    `INSERT INTO one_time_links (${names.join(', ')}) VALUES (${marks})`,
    Object.values(row),
  );
  return token;
}

/** Whether the link of a token is still stored. */
export async function isOpen(database: TestDatabase, token: string): Promise<boolean> {
  const digest = digestOf(token);
  const sql = 'SELECT id FROM one_time_links WHERE digest = ?';
  return (await database.query(sql, [digest])).length === 1;
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
