import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { connectWithin } from './database-wait.js';
import { isTransient } from './transient-errors.js';

const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const denied = Object.assign(new Error('denied'), { code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 });

describe('isTransient', () => {
  it.each([
    ['a refused connection', { code: 'ECONNREFUSED' }],
    ['a host name that cannot be resolved yet', { code: 'ENOTFOUND' }],
    ['a connection that breaks', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['a server without a free connection', { code: 'ER_CON_COUNT_ERROR', errno: 1040 }],
    ['a user without a free connection', { code: 'ER_USER_LIMIT_REACHED', errno: 1226 }],
    ['a Galera node that is not ready', { code: 'ER_UNKNOWN_COM_ERROR', errno: 1047 }],
    ['a SQLite file that another process locks', { code: 'SQLITE_BUSY_RECOVERY' }],
  ])('waits for %s', (_title, error) => expect(isTransient(error)).toBe(true));

  it.each([
    ['a wrong password', denied],
    ['a database that does not exist', { code: 'ER_BAD_DB_ERROR', errno: 1049 }],
    ['a certificate that is not trusted', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }],
    ['a file that is no database', { code: 'SQLITE_NOTADB' }],
    ['a folder that cannot be written', { code: 'EACCES' }],
    ['an error without a code', new Error('x')],
  ])('does not wait for %s', (_title, error) => expect(isTransient(error)).toBe(false));
});

describe('connectWithin', () => {
  let warnings: unknown[];
  beforeEach(() => {
    warnings = [];
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (message: unknown) => warnings.push(message),
    });
  });
  afterEach(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));

  /** A connection that fails `failures` times before it succeeds. */
  function connection(failures: number, error: Error) {
    const tries = { count: 0 };
    const connect = () => (tries.count++ < failures ? Promise.reject(error) : Promise.resolve());
    return { tries, connect };
  }

  it('tries once when it must not wait', async () => {
    const { tries, connect } = connection(1, refused);
    await expect(connectWithin(0, connect)).rejects.toBe(refused);
    expect([tries.count, warnings]).toEqual([1, []]);
  });

  it('tries until it succeeds, and logs the wait once', async () => {
    const { tries, connect } = connection(2, refused);
    await connectWithin(60, connect);
    expect(tries.count).toBe(3);
    expect(warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it('gives up with the last error', async () => {
    const { connect } = connection(Infinity, refused);
    await expect(connectWithin(1, connect)).rejects.toBe(refused);
  });

  it('does not try again when waiting does not help', async () => {
    const { tries, connect } = connection(1, denied);
    await expect(connectWithin(30, connect)).rejects.toBe(denied);
    expect([tries.count, warnings]).toEqual([1, []]);
  });
});
