import { existsSync } from 'node:fs';
import type { Setting, SettingTable } from '../../common/settings/setting.js';
import {
  checkedText,
  emptyItemFault,
  flag,
  integer,
  list,
  oneOf,
  seconds,
  text,
} from '../../common/settings/setting-types.js';
import { SETTING_GROUPS } from '../../common/settings/settings.js';

const readableFile = checkedText((file) =>
  existsSync(file) ? undefined : 'names a file that does not exist',
);

const databaseUrl = checkedText((url) => {
  const isSqlite = /^sqlite:(?!\/\/)(?!:memory:)./.test(url);
  const isMysql = /^(mysql|mariadb):\/\/[^/]+\/[^/?]+/.test(url) && URL.canParse(url);
  if (isSqlite || isMysql) return undefined;
  return 'must be sqlite:<file> or mysql://<user>:<password>@<host>:<port>/<database>';
});

const SERVER = {
  NODE_ENV: {
    type: oneOf('development', 'test', 'production'),
    default: 'development',
    description: 'production refuses weak settings and plain HTTP',
    example: 'production',
  },
  PORT: {
    type: integer(0, 65_535),
    default: 3000,
    description: 'port to listen on; 0: any free one',
  },
  HOST: {
    type: text,
    description: 'address to listen on; 127.0.0.1, in production 0.0.0.0',
    example: '0.0.0.0',
  },
  HTTP_ADAPTER: {
    type: oneOf('fastify', 'express'),
    default: 'fastify',
    description: 'HTTP framework',
    example: 'express',
  },
  SWAGGER_UI: {
    type: flag,
    description: 'serve /docs and /docs-json; true, in production false',
    example: 'true',
  },
  SHUTDOWN_DELAY: {
    type: seconds(0, 300),
    default: 0,
    description: 'seconds from SIGTERM in which requests are still taken while readiness is 503',
    example: '5',
  },
  SHUTDOWN_TIMEOUT: {
    type: seconds(1, 600),
    default: 10,
    description:
      'seconds after that in which running requests may finish; the rest is cut off, exit code 1',
    example: '25',
  },
  LOG_LEVEL: {
    type: oneOf('debug', 'log', 'warn', 'error'),
    default: 'log',
    description: 'least important messages to log; the audit log is always written',
    example: 'warn',
  },
} as const satisfies SettingTable;

const DATABASE = {
  DATABASE_URL: {
    type: databaseUrl,
    default: 'sqlite:./data/gatehouse.sqlite',
    description: 'SQLite file or MySQL/MariaDB server',
    example: 'mysql://gatehouse:<password>@db.example.com:3306/gatehouse',
  },
  DATABASE_WAIT: {
    type: seconds(0, 3_600),
    default: 30,
    description: 'seconds that a start waits for a database which cannot be reached; 0: not at all',
    example: '120',
  },
  DATABASE_TLS: {
    type: oneOf('auto', 'on', 'off'),
    default: 'auto',
    description: 'TLS with certificate check to the database; auto: to every host but this one',
    example: 'on',
  },
  DATABASE_CA_FILE: {
    type: readableFile,
    description:
      "certificate of the database's authority, PEM; without it the system's authorities count",
    example: '/etc/gatehouse/db-ca.pem',
  },
  DATA_DIR: {
    type: text,
    default: './data',
    description: 'folder for what is generated: the development secret and keys',
    example: '/var/lib/gatehouse',
  },
  ALLOW_SQLITE_IN_PRODUCTION: {
    type: flag,
    default: false,
    description: 'SQLite serves one process on one machine; say true when that is meant',
    example: 'true',
  },
} as const satisfies SettingTable;

const TRANSPORT = {
  TLS_CERT_FILE: {
    type: readableFile,
    description: 'certificate chain, PEM; with TLS_KEY_FILE the service ends TLS itself',
    example: '/etc/gatehouse/tls.crt',
  },
  TLS_KEY_FILE: {
    type: readableFile,
    description: 'private key of the certificate, PEM',
    example: '/etc/gatehouse/tls.key',
  },
  HTTPS_ONLY: {
    option: 'transport.https',
    type: flag,
    default: false,
    description: 'refuse plain HTTP from this machine too; true in production',
    example: 'true',
  },
  REVOKE_EXPOSED_CREDENTIALS: {
    option: 'transport.revokesExposed',
    type: flag,
    description:
      'end the session of a token that came by plain HTTP from elsewhere; false, in production true',
    example: 'true',
  },
  CORS_ORIGINS: {
    type: list(emptyItemFault),
    default: [],
    description: 'origins whose pages may call the API; none by default',
    example: 'https://app.example.com',
  },
} as const satisfies SettingTable;

const FIRST_OWNER = {
  OWNER_EMAIL: {
    type: text,
    description:
      'first owner, made when the database is empty; outside production owner@example.com',
    example: 'ada@example.com',
  },
  OWNER_PASSWORD: {
    type: text,
    description: "the first owner's password; outside production one is generated and printed once",
    example: '<a long passphrase>',
  },
} as const satisfies SettingTable;

/** Every environment variable, those that set a host's option included, by its heading in `.env.example`. */
export const ENV_GROUPS = {
  Server: { ...SERVER, ...byVariable(SETTING_GROUPS.Server) },
  'Database and files': DATABASE,
  'Secrets and signing': byVariable(SETTING_GROUPS['Secrets and signing']),
  'Tokens, sessions and passwords': byVariable(SETTING_GROUPS['Tokens, sessions and passwords']),
  Transport: { ...TRANSPORT, ...byVariable(SETTING_GROUPS.Transport) },
  'First owner': FIRST_OWNER,
};

type ByVariable<T> = {
  readonly [P in keyof T as T[P] extends { variable: infer V extends string } ? V : never]: T[P];
};

function byVariable<T extends SettingTable>(settings: T): ByVariable<T> {
  const rows = Object.values<Setting>(settings);
  return Object.fromEntries(
    rows.flatMap((row) => (row.variable === undefined ? [] : [[row.variable, row]])),
  ) as ByVariable<T>;
}
