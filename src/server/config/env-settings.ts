import { randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { messageOf } from '../../common/errors/message-of.js';
import type { Setting, SettingTable, SettingType } from '../../common/settings/setting.js';
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
import { corsOrigin } from './cors-origin.js';
import { parseDatabaseUrl } from './database-url.js';
import { unreadableReason } from './files.js';

const readableFile = checkedText((file) => {
  const reason = unreadableReason(file);
  return reason === undefined ? undefined : `names a file that ${reason}`;
});

const certificateFile = checkedText(
  (file) =>
    faultOf(() => readableFile.check(file)) ??
    (faultOf(() => new X509Certificate(readFileSync(file))) &&
      'names a file that holds no certificate in PEM'),
);

const databaseUrl = checkedText((url) => faultOf(() => parseDatabaseUrl(url)));

/** The name may be that of a machine, or of a service of a cluster with an underscore. */
const listenHost = checkedText((host) =>
  isIP(host) !== 0 || /^[a-z\d](?:[\w.-]*[a-z\d.])?$/i.test(host)
    ? undefined
    : 'must be an IP address or a host name, without scheme, port and brackets',
);

const folder = checkedText(
  (path) =>
    faultOf(() => text.check(path)) ??
    (path.startsWith('~') ? 'must be a whole path: ~ is not expanded' : undefined),
);

/** A password is taken as it stands; a line end in it comes from a file with other line ends. */
const password = checkedText((value) =>
  /\p{Cc}/u.test(value) ? 'must be one line without control characters' : undefined,
);

/** The message of the error that a check throws. */
function faultOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

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
    type: listenHost,
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
  SIGN_UP: {
    type: oneOf('on', 'off'),
    default: 'on',
    description: 'whether anybody may open an account; off: the service has no route for it',
    example: 'off',
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
    isSecret: true,
    default: 'sqlite:./data/gatehouse.sqlite',
    description:
      'sqlite:<file>, or PostgreSQL or MySQL/MariaDB server; special characters percent-encoded (docs/settings.md)',
    example: 'postgres://gatehouse:<password>@db.example.com:5432/gatehouse',
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
    description:
      'TLS with certificate check to the database; auto: as sslmode in the URL, else to every host but this one',
    example: 'on',
  },
  DATABASE_CA_FILE: {
    type: certificateFile,
    description:
      "certificate of the database's authority, PEM; without it the system's authorities count",
    example: '/etc/gatehouse/db-ca.pem',
  },
  DATA_DIR: {
    type: folder,
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
    type: list(emptyItemFault, corsOrigin),
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
    type: password,
    isSecret: true,
    description: "the first owner's password; outside production one is generated and printed once",
    example: () => randomBytes(18).toString('base64url'),
  },
} as const satisfies SettingTable;

/** Every environment variable, those that set a host's option included, by its heading in `.env.example`. */
export const ENV_GROUPS = {
  Server: { ...SERVER, ...byVariable(SETTING_GROUPS.Server) },
  'Database and files': withFiles(DATABASE),
  'Secrets and signing': withFiles(byVariable(SETTING_GROUPS['Secrets and signing'])),
  'Tokens, sessions and passwords': byVariable(SETTING_GROUPS['Tokens, sessions and passwords']),
  Throttling: withFiles(byVariable(SETTING_GROUPS.Throttling)),
  'Audit trail': byVariable(SETTING_GROUPS['Audit trail']),
  Transport: { ...TRANSPORT, ...byVariable(SETTING_GROUPS.Transport) },
  Webhooks: byVariable(SETTING_GROUPS.Webhooks),
  'Pages of one-time links': byVariable(SETTING_GROUPS['Pages of one-time links']),
  Mail: withFiles(byVariable(SETTING_GROUPS.Mail)),
  'First owner': withFiles(FIRST_OWNER),
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

interface FileSetting {
  readonly type: SettingType<string>;
  readonly description: string;
  readonly example: string;
}

type WithFiles<T> = T & {
  readonly [
    P in keyof T as T[P] extends { isSecret: true } ? `${P & string}_FILE` : never
  ]: FileSetting;
};

/** Adds a row behind each secret, for the file that holds it. */
function withFiles<T extends SettingTable>(settings: T): WithFiles<T> {
  const rows = Object.entries<Setting>(settings);
  return Object.fromEntries(
    rows.flatMap(([name, row]) =>
      row.isSecret
        ? [
            [name, row],
            [`${name}_FILE`, fileOf(name)],
          ]
        : [[name, row]],
    ),
  ) as WithFiles<T>;
}

function fileOf(name: string): FileSetting {
  return {
    type: readableFile,
    description: `file that holds ${name}, in its place`,
    example: `/run/secrets/${name.toLowerCase()}`,
  };
}
