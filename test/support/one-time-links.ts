// One-time links as a test gets hold of them: no answer shows those that are sent.
import { createHash, randomBytes } from 'node:crypto';
import type { LinkPurpose } from '../../src/links/link-purpose.js';
import type { Row, TestDatabase } from './database.js';
import { request, type HttpResponse, type Reachable } from './http.js';
import { eventually } from './patience.js';

/** The open links of a user, oldest first. */
export function linksOf(
  database: TestDatabase,
  userId: string,
  purpose: LinkPurpose,
): Promise<Row[]> {
  return database.query(
    'SELECT * FROM one_time_links WHERE user_id = ? AND purpose = ? ORDER BY created_at, id',
    [userId, purpose],
  );
}

/** Waits for the newest link of a user, and gives it a token that the test knows. */
export async function tokenFor(
  database: TestDatabase,
  userId: string,
  purpose: LinkPurpose,
): Promise<string> {
  const link = await eventually(async () => {
    const newest = (await linksOf(database, userId, purpose)).at(-1);
    if (!newest) throw new Error(`user ${userId} has no open ${purpose}`);
    return newest;
  });
  return giveToken(database, link.id as string);
}

/** Replaces the token of a link by a random one. */
export async function giveToken(database: TestDatabase, linkId: string): Promise<string> {
  const id = Buffer.from(linkId.replaceAll('-', ''), 'hex');
  const token = Buffer.concat([id, randomBytes(32)]).toString('base64url');
  const digest = createHash('sha256').update(token).digest('hex');
  await database.query('UPDATE one_time_links SET digest = ? WHERE id = ?', [digest, linkId]);
  return token;
}

export function acceptInvitation(
  service: Reachable,
  token: string,
  password: string,
): Promise<HttpResponse> {
  const json = { token, password };
  return request(service, 'POST', '/api/v1/account/invitation/accept', { json });
}

export function requestReset(service: Reachable, email: string): Promise<HttpResponse> {
  const json = { email_address: email };
  return request(service, 'POST', '/api/v1/account/password_reset', { json });
}

export function confirmReset(
  service: Reachable,
  token: string,
  password: string,
): Promise<HttpResponse> {
  const json = { token, new_password: password };
  return request(service, 'POST', '/api/v1/account/password_reset/confirm', { json });
}
