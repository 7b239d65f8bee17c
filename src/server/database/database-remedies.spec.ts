import { describe, expect, it } from '@jest/globals';
import { databaseRemedy } from './database-remedies.js';
import { engineOf } from './engines/engine-of.js';

const engine = engineOf({ url: 'postgres://u@localhost/x', tls: 'auto', caFile: undefined });

describe('the remedy for an error of PostgreSQL', () => {
  it.each([
    ['28P01', '', 'password'],
    ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "u", no encryption', 'DATABASE_TLS'],
    ['28000', 'role "u" is not permitted to log in', 'LOGIN'],
    ['3D000', '', "CREATE DATABASE … ENCODING 'UTF8'"],
    ['3F000', '', 'search_path'],
    ['42501', 'permission denied for schema public', 'CREATE on the schema'],
    ['53300', '', 'connections'],
    ['25006', '', 'primary'],
    ['57P03', '', 'starting'],
    ['SELF_SIGNED_CERT_IN_CHAIN', '', 'DATABASE_CA_FILE'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'DATABASE_CA_FILE'],
    ['ECONNREFUSED', '', 'nothing listens'],
  ])('names what to do: %s %s (S-155)', (code, message, words) => {
    expect(databaseRemedy(Object.assign(new Error(message), { code }), engine)).toContain(words);
  });

  it.each([
    ['The server does not support SSL connections', 'sslmode=disable'],
    ['There was an error establishing an SSL connection', 'not as PostgreSQL'],
    ['received invalid response: 4a', 'not as PostgreSQL'],
    ['Received unexpected copyData message from backend.', 'not as PostgreSQL'],
    [
      'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
      'DATABASE_URL has none',
    ],
    ['Connection terminated due to connection timeout', 'the host does not answer'],
    ['channel_binding=require: the server offers none', 'TLS'],
  ])('names what to do where there is no code: %s (S-155)', (message, words) => {
    expect(databaseRemedy(new Error(message), engine)).toContain(words);
  });

  it('is missing for an error that nobody expects, which is then shown with its stack', () => {
    expect(databaseRemedy(new Error('x'), engine)).toBeUndefined();
    expect(
      databaseRemedy(Object.assign(new Error('x'), { code: '42601' }), engine),
    ).toBeUndefined();
  });
});
