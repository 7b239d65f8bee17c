import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, type ClientConfig } from 'pg';
import { dataSourceOptions } from './data-source-options.js';
import type { DatabaseOptions } from './database-options.js';
import { engineOf } from './engines/engine-of.js';

const options = (url: string, tls: DatabaseOptions['tls'] = 'auto') =>
  dataSourceOptions(engineOf({ url, tls, caFile: undefined })) as unknown as Record<
    string,
    unknown
  >;

/** Variables that pg reads, as libpq does, for what its options leave out. */
const LIBPQ = {
  PGAPPNAME: 'other',
  PGHOST: 'other.example.com',
  PGOPTIONS: '-c search_path=elsewhere',
  PGPASSWORD: 'other',
  PGREPLICATION: 'database',
  PGSSLMODE: 'no-verify',
  PGSSLNEGOTIATION: 'direct',
  PGUSER: 'other',
};

const STRICT_TLS = { rejectUnauthorized: true, minVersion: 'TLSv1.2' };

describe('dataSourceOptions', () => {
  afterEach(() => Object.keys(LIBPQ).forEach((name) => delete process.env[name]));

  it.each([
    'mysql://u:p@db.example.com/gatehouse',
    'mariadb://u:p@db.example.com:3307/gatehouse',
    'mysql://u:p@10.0.0.5/gatehouse',
    'mysql://u:p@localhost.example.com/gatehouse',
    'mysql://u:p@127.0.0.1.example.com/gatehouse',
    'mysql://localhost:p@db.example.com/localhost',
    'mysql://u:p@[2001:db8::1]/gatehouse',
    'postgres://u:p@db.example.com/gatehouse',
    'postgresql://u:p@10.0.0.5:5433/gatehouse',
    'postgres://u:p@localhost.example.com/gatehouse',
    'postgres://u:p@[2001:db8::1]/gatehouse',
    'postgres://u:p@localhost/gatehouse?sslmode=require',
    'postgres://u:p@db.example.com/gatehouse?sslmode=verify-ca',
    'postgres://u:p@127.0.0.1/gatehouse?sslmode=verify-full',
  ])(
    'checks the certificate of a database elsewhere, and where the URL asks for it: %s (S-120)',
    (url) => {
      expect(options(url)['ssl']).toEqual(STRICT_TLS);
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]', 'localhost:3307'])(
    'needs no TLS to this machine unless that is asked for: %s (S-120)',
    (host) => {
      for (const scheme of ['mysql', 'postgres']) {
        const url = `${scheme}://u:p@${host}/gatehouse`;
        expect(options(url)['ssl'] ?? false).toBe(false);
        expect(options(url, 'on')['ssl']).toEqual(STRICT_TLS);
      }
    },
  );

  it.each([
    ['mysql://u:p@[::1]:3307/db', { type: 'mysql', host: '::1', port: 3307, database: 'db' }],
    ['mariadb://u:p@[2001:db8::1]/db', { type: 'mariadb', host: '2001:db8::1', port: 3306 }],
    ['mysql://%40:p%2F%23%25@h/my%20db', { username: '@', password: 'p/#%', database: 'my db' }],
    ['mysql://u@localhost/db?socketPath=/run/my%20sql.sock', { socketPath: '/run/my sql.sock' }],
  ])('passes each part of the URL to the driver as it was meant: %s (S-206)', (url, parts) => {
    expect(options(url)).toMatchObject(parts);
    expect(options(url)['url']).toBeUndefined();
  });

  it('needs no TLS through a Unix socket (S-120)', () => {
    expect(options('mysql://u@db.example.com/db?socketPath=/s')['ssl']).toBeUndefined();
    expect(options('postgres://u@db.example.com/db?host=/s')['ssl']).toBe(false);
  });

  it('uses no TLS to a database elsewhere only when it is off (S-120)', () => {
    expect(options('mysql://u:p@db.example.com/gatehouse', 'off')['ssl']).toBeUndefined();
    expect(options('postgres://u:p@db.example.com/gatehouse', 'off')['ssl']).toBe(false);
    expect(options('postgres://u:p@db.example.com/gatehouse?sslmode=disable')['ssl']).toBe(false);
  });

  it.each([
    ['postgres://u:p@h/db', { host: 'h', port: 5432, username: 'u', database: 'db' }, 'p'],
    ['postgresql://u:p@[::1]:5433/db', { host: '::1', port: 5433 }, 'p'],
    ['postgres://%40:p%2F%23%25+@h/my%20db', { username: '@', database: 'my db' }, 'p/#%+'],
    ['postgres://u@/db?host=/run/my%20sql+1', { host: '/run/my sql+1', port: 5432 }, ''],
    ['postgres://u:p@:5433/db?host=/run/pg', { host: '/run/pg', port: 5433 }, 'p'],
    ['postgres://u@localhost/db?host=%2Frun%2Fpg', { host: '/run/pg' }, ''],
  ])('passes each part of a PostgreSQL URL to pg: %s (S-206)', (url, parts, password) => {
    const all = options(url);
    expect(all).toMatchObject({ type: 'postgres', ...parts });
    expect(all['url']).toBeUndefined();
    // A function keeps pg from looking for an empty password in PGPASSWORD and ~/.pgpass.
    expect((all['password'] as () => string)()).toBe(password);
  });

  it('takes nothing from the variables of libpq (S-206)', () => {
    Object.assign(process.env, LIBPQ);
    const url = 'postgres://u@/db?host=/run/pg';
    const { extra, username: user, applicationName, ...all } = options(url);
    const config = { ...all, user, application_name: applicationName, ...(extra as object) };
    const client = new Client(config as ClientConfig) as Client & { getStartupConf(): unknown };
    expect(client).toMatchObject({ host: '/run/pg', user: 'u', ssl: false });
    expect(client).toMatchObject({ sslNegotiation: 'postgres' });
    expect(client.getStartupConf()).toEqual({
      user: 'u',
      database: 'db',
      application_name: 'gatehouse',
    });
  });

  it.each([
    ['', false, false],
    ['?channel_binding=disable', false, false],
    ['?channel_binding=prefer', true, false],
    ['?sslmode=require&channel_binding=require', true, true],
  ])('binds the password to the TLS connection as the URL says: %s', (query, offers, demands) => {
    const { extra } = options(`postgres://u:p@db.example.com/x${query}`);
    expect(extra).toMatchObject({ enableChannelBinding: offers });
    expect('Client' in (extra as object)).toBe(demands);
  });

  it.each([
    'sqlite:./x.sqlite',
    'mysql://u:p@localhost/x',
    'mariadb://u:p@db.example.com/x',
    'postgres://u:p@db.example.com/x',
  ])(
    'never synchronises nor drops a schema, and throws on missing values: %s (S-134, S-157)',
    (url) => {
      const all = options(url);
      expect(all['synchronize']).toBe(false);
      expect(all['dropSchema'] ?? false).toBe(false);
      expect(all['invalidWhereValuesBehavior']).toEqual({ null: 'throw', undefined: 'throw' });
      expect(all['logging']).toBe(false);
    },
  );
});
