import { readServerUrl, type ServerAddress } from '../server-url.js';

/** A MySQL or MariaDB server and one of its databases. */
export interface MysqlAddress extends ServerAddress {
  readonly type: 'mysql' | 'mariadb';
}

const DEFAULT_PORT = 3306;

/**
 * Reads `mysql://…` and `mariadb://…`; `undefined` for another form.
 *
 * @throws as {@link readServerUrl}, and for a parameter other than `socketPath`
 */
export function readMysqlUrl(text: string): MysqlAddress | undefined {
  const [, type] = /^(mysql|mariadb):\/\//.exec(text) ?? [];
  const url = type === undefined ? undefined : readServerUrl(text, DEFAULT_PORT);
  if (url === undefined) return undefined;
  const { parameters, ...address } = url;
  return {
    ...address,
    type: type as MysqlAddress['type'],
    socketPath: socketPathOf(parameters),
    tls: undefined,
  };
}

function socketPathOf(parameters: URLSearchParams): string | undefined {
  const path = parameters.get('socketPath') ?? undefined;
  const isRead = path === undefined ? parameters.size === 0 : parameters.size === 1;
  if (isRead && path?.startsWith('/') !== false) return path;
  throw new Error(
    'takes no parameter but socketPath, the path of a Unix socket; for TLS there are DATABASE_TLS and DATABASE_CA_FILE',
  );
}
