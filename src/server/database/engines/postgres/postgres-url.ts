import { readServerUrl, type ServerAddress } from '../server-url.js';

/** A PostgreSQL server and one of its databases. */
export interface PostgresAddress extends ServerAddress {
  readonly type: 'postgres';
  /** Whether the password's proof is bound to the TLS connection (SCRAM-SHA-256-PLUS). */
  readonly channelBinding: 'disable' | 'prefer' | 'require';
}

const DEFAULT_PORT = 5432;

/** Every connection with TLS is checked as `verify-full` says, which is stricter than libpq. */
const TLS_OF_MODE: Readonly<Record<string, boolean>> = {
  disable: false,
  require: true,
  'verify-ca': true,
  'verify-full': true,
};

/**
 * Reads `postgres://…` and `postgresql://…` with libpq's parameters `host`, `sslmode` and `channel_binding`; `undefined`
 * for another form. What libpq takes from elsewhere if it is left out, such as the user, must be there.
 *
 * @throws as {@link readServerUrl}, and for another parameter
 */
export function readPostgresUrl(text: string): PostgresAddress | undefined {
  if (!/^postgres(ql)?:\/\//.test(text)) return undefined;
  // A URL that names the socket may have no host, which `URL` refuses after a user.
  const withHost = text.replace(/^(\w+:\/\/[^/?#]*@)(?=[:/])/, '$1localhost');
  const url = readServerUrl(withHost, DEFAULT_PORT);
  if (url === undefined || url.username === '') return undefined;
  const { parameters, ...address } = url;
  const { host, sslmode, channel_binding: binding, ...others } = onlyOnce(parameters);
  refuseOthers(Object.keys(others));
  if (host === undefined && withHost !== text) return undefined;
  const tls = tlsOf(sslmode);
  return {
    ...address,
    type: 'postgres',
    socketPath: socketFolderOf(host),
    tls,
    channelBinding: channelBindingOf(binding, tls),
  };
}

type Parameters = Readonly<Record<string, string | undefined>>;

function onlyOnce(parameters: URLSearchParams): Parameters {
  const values = Object.fromEntries(parameters);
  if (Object.keys(values).length === parameters.size) return values;
  throw new Error('must not repeat a parameter');
}

function refuseOthers([name]: readonly string[]): void {
  if (name === undefined) return;
  if (name === 'sslrootcert') {
    throw new Error('takes no sslrootcert: DATABASE_CA_FILE names the certificate');
  }
  // A name of another form may be a part of a password that is not encoded.
  const shown = /^[a-z]\w{1,40}$/i.test(name) ? ` ${name}` : '';
  throw new Error(`takes no parameter${shown}: only host, sslmode and channel_binding`);
}

function socketFolderOf(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  if (host.startsWith('/') && !/[\0]|\.s\.PGSQL\.\d+$/.test(host)) return host;
  throw new Error(
    'must have in its parameter host the folder of a Unix socket; a host name stands before the port',
  );
}

function tlsOf(mode: string | undefined): boolean | undefined {
  if (mode === undefined) return undefined;
  const tls = Object.hasOwn(TLS_OF_MODE, mode) ? TLS_OF_MODE[mode] : undefined;
  if (tls !== undefined) return tls;
  throw new Error(
    'must have as sslmode disable, require, verify-ca or verify-full: others may connect without TLS silently',
  );
}

function channelBindingOf(
  binding: string | undefined,
  tls: boolean | undefined,
): PostgresAddress['channelBinding'] {
  if (binding === 'require' && tls === false) {
    throw new Error('must not have channel_binding=require beside sslmode=disable');
  }
  // The default of libpq is prefer; here the certificate is checked, which protects against the same attacker.
  if (binding === undefined) return 'disable';
  if (binding === 'disable' || binding === 'prefer' || binding === 'require') return binding;
  throw new Error('must have as channel_binding disable, prefer or require');
}
