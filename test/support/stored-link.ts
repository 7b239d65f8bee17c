import { randomBytes, randomUUID } from 'node:crypto';
import type { TestDatabase } from './database.js';

/** The row of a link, by its columns. */
export interface LinkRow {
  readonly id: string;
  readonly purpose: string;
  readonly account_id: string;
  readonly user_id: string;
  readonly address: string;
  readonly role: string;
  readonly digest: string;
  readonly created_by: string;
  readonly created_by_type: string;
  readonly created_at: number;
  readonly modified_at: number;
  readonly expires_at: number;
}

/** Stores a link of a user that nobody has a token of. */
export async function storeLink(
  database: TestDatabase,
  user: { readonly id: string; readonly accountId: string; readonly email: string },
  purpose: string,
): Promise<LinkRow> {
  const now = Date.now();
  const row = {
    id: randomUUID(),
    purpose,
    account_id: user.accountId,
    user_id: user.id,
    address: user.email,
    role: 'standard',
    digest: randomBytes(32).toString('hex'),
    created_by: 'system',
    created_by_type: 'system',
    created_at: now,
    modified_at: now,
    expires_at: now + 3_600_000,
  };
  const columns = Object.keys(row);
  await database.query(
    `INSERT INTO one_time_links (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    Object.values(row),
  );
  return row;
}
