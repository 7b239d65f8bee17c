import { describe, expect, it } from '@jest/globals';
import { dataSourceOptions, type DatabaseOptions } from './data-source-options.js';

const options = (url: string, tls: DatabaseOptions['tls'] = 'auto') =>
  dataSourceOptions({ url, tls, caFile: undefined }) as unknown as Record<string, unknown>;

const STRICT_TLS = { rejectUnauthorized: true, minVersion: 'TLSv1.2' };

describe('dataSourceOptions', () => {
  it.each([
    'mysql://u:p@db.example.com/gatehouse',
    'mariadb://u:p@db.example.com:3307/gatehouse',
    'mysql://u:p@10.0.0.5/gatehouse',
    'mysql://u:p@localhost.example.com/gatehouse',
    'mysql://u:p@127.0.0.1.example.com/gatehouse',
    'mysql://localhost:p@db.example.com/localhost',
    'mysql://u:p@[2001:db8::1]/gatehouse',
  ])('checks the certificate of a database elsewhere: %s (S-120)', (url) => {
    expect(options(url)['ssl']).toEqual(STRICT_TLS);
  });

  it.each(['localhost', '127.0.0.1', '[::1]', 'localhost:3307'])(
    'needs no TLS to this machine unless that is asked for: %s (S-120)',
    (host) => {
      const url = `mysql://u:p@${host}/gatehouse`;
      expect(options(url)['ssl']).toBeUndefined();
      expect(options(url, 'on')['ssl']).toEqual(STRICT_TLS);
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
  });

  it('uses no TLS to a database elsewhere only when it is off (S-120)', () => {
    expect(options('mysql://u:p@db.example.com/gatehouse', 'off')['ssl']).toBeUndefined();
  });

  it.each(['sqlite:./x.sqlite', 'mysql://u:p@localhost/x', 'mariadb://u:p@db.example.com/x'])(
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
