import { expect } from '@jest/globals';
import type { HttpResponse } from './http.js';

const CONTRACT_MEMBERS = new Set([
  'code',
  'message',
  'errors',
  'request_id',
  'error',
  'error_description',
]);
/** Traces of the code, the database, the file system or a product (S-143). */
const LEAKS =
  /\n\s+at |node_modules|\.[jt]s:\d|SQLITE|SELECT |INSERT |TypeError|express|fastify|nestjs/i;

/** Expects a refusal with this status and code, in the contract's form (S-142, S-143). */
export function expectRefusal(response: HttpResponse, status: number, code: number): void {
  expect({ status: response.status, code: response.body?.code }).toEqual({ status, code });
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(Object.keys(response.body).filter((name) => !CONTRACT_MEMBERS.has(name))).toEqual([]);
  expect(response.body.message).toEqual(expect.any(String));
  expect('request_id' in response.body).toBe(status >= 500);
  if ('errors' in response.body) expect(code).toBe(40001);
  // RFC 6749 §5.2: the description never comes without `error`.
  const { error, error_description: description, message } = response.body;
  expect(description).toBe(error === undefined ? undefined : message);
  if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic .*charset=/);
  expect(response.text).not.toMatch(LEAKS);
  expect(response.headers.get('server')).toBeNull();
  expect(response.headers.get('x-powered-by')).toBeNull();
}
