import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestDatabase } from './database.js';
import { request, type HttpResponse, type Reachable } from './http.js';
import { eventually } from './patience.js';

/** Requests the refresh token grant, with the token in the body. */
export function refresh(service: Reachable, refreshToken: string): Promise<HttpResponse> {
  const json = { refresh_token: refreshToken };
  return request(service, 'POST', '/oauth/token?grant_type=refresh_token', { json });
}

/** Revokes the session of the refresh token. */
export function revoke(
  service: Reachable,
  tokens: { readonly access_token: string; readonly refresh_token: string },
): Promise<HttpResponse> {
  const { access_token: bearer, refresh_token } = tokens;
  return request(service, 'POST', '/oauth/revoke', { bearer, json: { refresh_token } });
}

/** Ids of an account's sessions that are neither revoked nor expired, read directly from the database. */
export async function liveSessionIds(database: TestDatabase, accountId: string): Promise<string[]> {
  const rows = await database.query(
    'SELECT id FROM refresh_tokens WHERE account_id = ? AND revoked_at IS NULL AND expires_at > ?',
    [accountId, Date.now()],
  );
  return rows.map((row) => row.id as string);
}

/** Counts the rows of a table, or those that match a condition. */
export async function countRows(
  database: TestDatabase,
  table: string,
  condition = '1 = 1',
  params: readonly unknown[] = [],
): Promise<number> {
  const rows = await database.query(
    `SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`,
    params,
  );
  return Number(rows[0]?.n);
}

/** Runs `work` as many times concurrently. */
export function inParallel<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)));
}

/** Sends a request and closes the connection, without reading the answer, once the request has had its effect. */
export async function sendAndHangUp(
  service: Reachable,
  bytes: string,
  hasHappened: () => Promise<boolean>,
): Promise<void> {
  const { hostname, port } = new URL(service.url);
  const socket = connect({ host: hostname, port: Number(port) }).pause();
  await once(socket, 'connect');
  socket.write(bytes);
  await eventually(async () => {
    if (!(await hasHappened())) throw new Error('the request had no effect');
  });
  if (socket.bytesRead > 0) throw new Error('the answer was read');
  socket.destroy();
}
