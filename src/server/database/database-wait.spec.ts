import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { connectWithin } from './database-wait.js';
import { engineOf } from './engines/engine-of.js';
import { isTransient } from './transient-errors.js';

const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const denied = Object.assign(new Error('denied'), { code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 });

/** An engine that waits for no error of its own. */
const engine = { isTransient: () => false };
const URLS = {
  SQLite: 'sqlite:x',
  MySQL: 'mysql://u@localhost/x',
  PostgreSQL: 'postgres://u@localhost/x',
} as const;
const isTransientOn = (name: keyof typeof URLS, error: object) =>
  isTransient(error, engineOf({ url: URLS[name], tls: 'auto', caFile: undefined }));

describe('isTransient', () => {
  it.each([
    ['a refused connection', { code: 'ECONNREFUSED' }],
    ['a host name that cannot be resolved yet', { code: 'ENOTFOUND' }],
    ['a Unix socket that does not exist yet', { code: 'ENOENT', syscall: 'connect' }],
  ])('waits for %s', (_title, error) => expect(isTransient(error, engine)).toBe(true));

  it.each([
    ['MySQL', 'a connection that breaks', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['MySQL', 'a server without a free connection', { code: 'ER_CON_COUNT_ERROR', errno: 1040 }],
    ['MySQL', 'a user without a free connection', { code: 'ER_USER_LIMIT_REACHED', errno: 1226 }],
    ['MySQL', 'a Galera node that is not ready', { code: 'ER_UNKNOWN_COM_ERROR', errno: 1047 }],
    ['SQLite', 'a file that another process locks', { code: 'SQLITE_BUSY_RECOVERY' }],
    ['PostgreSQL', 'a server that starts', { code: '57P03' }],
    ['PostgreSQL', 'a server that shuts down', { code: '57P01' }],
    ['PostgreSQL', 'a server without a free connection', { code: '53300' }],
    ['PostgreSQL', 'a pooler that reaches no server', { code: '08P01' }],
    ['PostgreSQL', 'a connection that breaks', new Error('Connection terminated unexpectedly')],
    [
      'PostgreSQL',
      'a host that does not answer',
      new Error('Connection terminated due to connection timeout'),
    ],
  ] as const)('on %s waits for %s', (name, _title, error) => {
    expect(isTransientOn(name, error)).toBe(true);
  });

  it.each([
    ['MySQL', 'a wrong password', denied],
    ['MySQL', 'a database that does not exist', { code: 'ER_BAD_DB_ERROR', errno: 1049 }],
    ['MySQL', 'a certificate that is not trusted', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }],
    ['SQLite', 'a file that is no database', { code: 'SQLITE_NOTADB' }],
    ['SQLite', 'a folder that cannot be written', { code: 'EACCES' }],
    ['SQLite', 'a folder that does not exist', { code: 'ENOENT', syscall: 'open' }],
    ['SQLite', 'an error without a code', new Error('x')],
    ['PostgreSQL', 'a wrong password', { code: '28P01' }],
    ['PostgreSQL', 'a user that pg_hba.conf does not admit', { code: '28000' }],
    ['PostgreSQL', 'a database that does not exist', { code: '3D000' }],
    ['PostgreSQL', 'a missing right', { code: '42501' }],
    ['PostgreSQL', 'TLS that is not offered', new Error('The server does not support SSL')],
  ] as const)('on %s does not wait for %s', (name, _title, error) => {
    expect(isTransientOn(name, error)).toBe(false);
  });
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
    await expect(connectWithin(0, engine, connect)).rejects.toBe(refused);
    expect([tries.count, warnings]).toEqual([1, []]);
  });

  it('tries until it succeeds, and logs the wait once', async () => {
    const { tries, connect } = connection(2, refused);
    await connectWithin(60, engine, connect);
    expect(tries.count).toBe(3);
    expect(warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it('gives up with the last error', async () => {
    const { connect } = connection(Infinity, refused);
    await expect(connectWithin(1, engine, connect)).rejects.toBe(refused);
  });

  it('does not try again when waiting does not help', async () => {
    const { tries, connect } = connection(1, denied);
    await expect(connectWithin(30, engine, connect)).rejects.toBe(denied);
    expect([tries.count, warnings]).toEqual([1, []]);
  });
});
