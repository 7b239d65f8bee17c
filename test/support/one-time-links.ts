// One-time links as a test gets hold of them: no answer shows those that are sent.
import type { LinkPurpose } from '../../src/links/link-purpose.js';
import type { Row, TestDatabase } from './database.js';
import { request, type HttpResponse, type Reachable } from './http.js';
import { eventually } from './patience.js';
import { digestOf, newToken } from './stored-link.js';

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

/** Waits for the newest link of a user, and gives it a random token in place of its own, whose key only the service has. */
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
  const linkId = link.id as string;
  const token = newToken(linkId);
  const sql = 'UPDATE one_time_links SET digest = ? WHERE id = ?';
  await database.query(sql, [digestOf(token), linkId]);
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
