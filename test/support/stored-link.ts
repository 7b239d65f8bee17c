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

/** The row of a link, by its columns. */
interface LinkRow {
  readonly id: string;
  readonly purpose: LinkPurpose;
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

/** Stores a link of a user as if the system had made it, with a random token. */
export async function storeLink(
  database: TestDatabase,
  user: LinkUser,
  purpose: LinkPurpose,
  { role = 'standard', address = user.email, expiresAt }: LinkFacts = {},
): Promise<LinkRow & { readonly token: string }> {
  const id = randomUUID();
  const token = newToken(id);
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
    expires_at: expiresAt ?? now + 3_600_000,
  };
  const columns = Object.keys(row);
  await database.query(
    `INSERT INTO one_time_links (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    Object.values(row),
  );
  return { ...row, token };
}

/** A token that names a link, with random bits in place of those that only the service can derive. */
export function newToken(linkId: string): string {
  const id = Buffer.from(linkId.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, randomBytes(32)]).toString('base64url');
}

export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
