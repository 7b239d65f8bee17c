import { isIP } from 'node:net';

/** A database server and one of its databases. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Unix socket in place of host and port. */
  readonly socketPath: string | undefined;
  /** Whether the URL says that the connection is encrypted; `undefined` where it says nothing. */
  readonly tls: boolean | undefined;
}

export type ServerUrl = Omit<ServerAddress, 'socketPath' | 'tls'> & {
  readonly parameters: URLSearchParams;
};

/**
 * Reads `<scheme>://<user>:<password>@<host>:<port>/<database>?<parameters>`; `undefined` for another form. TypeORM's own
 * reader takes no IPv6 address and drops the parameters.
 *
 * @throws Error that says what is wrong and never repeats a part of the URL, which may hold a password
 */
export function readServerUrl(text: string, defaultPort: number): ServerUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const database = url.pathname.slice(1);
  // A password with one of these characters ends the part of the URL that it stands in.
  if (/[\s#]/.test(text) || /[/@]/.test(database) || url.search.includes('@')) {
    throw new Error('must percent-encode each #, /, ?, @ and blank in user, password and database');
  }
  if (database === '' || url.hostname === '' || url.port === '0') return undefined;
  return {
    host: hostOf(url),
    port: url.port === '' ? defaultPort : Number(url.port),
    username: decoded(url.username),
    password: decoded(url.password),
    database: decoded(database),
    // A plus stands for itself, as in the rest of the URL.
    parameters: new URLSearchParams(url.search.replaceAll('+', '%2B')),
  };
}

function hostOf({ hostname }: URL): string {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 || /^[\w.-]+$/.test(host)) return host;
  throw new Error('must name the host by its name or IP address');
}

function decoded(part: string): string {
  let text: string;
  try {
    text = decodeURIComponent(part);
  } catch {
    throw new Error('must write each % in user, password and database as %25');
  }
  // It ends a text in the protocols of the drivers.
  if (text.includes('\0')) throw new Error('must not hold the character %00');
  return text;
}
