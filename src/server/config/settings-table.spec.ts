// Settings, right and wrong, each with the line that the start writes about it (S-206, S-155).
import { afterAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSecret } from '../../common/crypto/secret-strength.js';
import { loadEnvFile } from './env-file.js';
import { EnvError, readEnv, VARIABLE_NAMES } from './env.js';
import { settingWarnings } from './setting-warnings.js';

const root = mkdtempSync(join(tmpdir(), 'gatehouse-settings-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const secret = newSecret();
const files = {
  folder: join(root, 'folder'),
  missing: join(root, 'missing'),
  secret: fileWith('secret', `${secret}\n`),
  crlf: fileWith('crlf', `${secret}\r\n`),
  marked: fileWith('marked', `\uFEFF${secret}`),
  utf16: fileWith('utf16', Buffer.from(`\uFEFF${secret}`, 'utf16le')),
  empty: fileWith('empty', '\n'),
  weak: fileWith('weak', 'hunter2'),
  url: fileWith('url', 'mysql://gatehouse:hunter2@db.example.com/gatehouse\n'),
  large: fileWith('large', randomBytes(1024 * 1024 + 1)),
  loop: join(root, 'loop'),
};
mkdirSync(files.folder);
symlinkSync(files.loop, files.loop);

function fileWith(name: string, content: string | Buffer): string {
  const file = join(root, name);
  writeFileSync(file, content);
  return file;
}

/** What the start writes about these variables, without the example; nothing for those that are taken. */
function lineOf(environment: NodeJS.ProcessEnv): string {
  try {
    const env = readEnv(environment);
    return settingWarnings(env, environment).join('\n');
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return (error as Error).message.replace(/\. Example: .*$/, '');
  }
}

/** Splits `NAME=value NAME=value`; a blank within a value stands as ␣. */
function variablesIn(text: string): NodeJS.ProcessEnv {
  const pairs = text.split(' ').map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=').replaceAll('␣', ' ')];
  });
  return Object.fromEntries(pairs);
}

const ORIGIN =
  'CORS_ORIGINS must list origins such as https://app.example.com: a scheme, a host and nothing after the port';
const URL_FORM =
  'DATABASE_URL must be sqlite:<file>, or postgres:// or mysql:// before <user>:<password>@<host>:<port>/<database>, with special characters percent-encoded';
const URL_PART =
  'DATABASE_URL must percent-encode each #, /, ?, @ and blank in user, password and database';
const URL_PARAMETER =
  'DATABASE_URL takes no parameter but socketPath, the path of a Unix socket; for TLS there are DATABASE_TLS and DATABASE_CA_FILE';
const SSLMODE =
  'DATABASE_URL must have as sslmode disable, require, verify-ca or verify-full: others may connect without TLS silently';
const SOCKET =
  'DATABASE_URL must have in its parameter host the folder of a Unix socket; a host name stands before the port';
const PARAMETERS = 'only host, sslmode and channel_binding';
const SQLITE = 'DATABASE_URL must name the SQLite file by its plain path, without ~ and parameters';
const PUBLIC =
  'PUBLIC_URL must be an http or https URL without user, query and fragment; a path in it is the prefix that a proxy removes';
const HOST = 'HOST must be an IP address or a host name, without scheme, port and brackets';
const TEXT = 'must not begin or end with white space, nor hold control or invisible characters';

/** Without a line the value is taken, as the second column shows it. */
const TAKEN: readonly (readonly [setting: string, value: unknown])[] = [
  ['NODE_ENV=production ALLOW_SQLITE_IN_PRODUCTION=true', 'production'],
  ['PORT=0', 0],
  ['HOST=0.0.0.0', '0.0.0.0'],
  ['HOST=::1', '::1'],
  ['HOST=my-machine.local', 'my-machine.local'],
  ['SIGN_UP=off', 'off'],
  ['PUBLIC_URL=https://Auth.Example.com:443/', 'https://auth.example.com'],
  ['PUBLIC_URL=https://example.com/auth/', 'https://example.com/auth'],
  ['CORS_ORIGINS=https://App.Example.com/', ['https://app.example.com']],
  [
    'CORS_ORIGINS=https://app.example.com:443,http://a.test:80',
    ['https://app.example.com', 'http://a.test'],
  ],
  ['CORS_ORIGINS=https://bücher.example', ['https://xn--bcher-kva.example']],
  [
    'CORS_ORIGINS=http://[::1]:3000,␣http://localhost:5173',
    ['http://[::1]:3000', 'http://localhost:5173'],
  ],
  ['CORS_ORIGINS=capacitor://localhost', ['capacitor://localhost']],
  ['DATABASE_URL=sqlite:./data/my␣file#1.sqlite', 'sqlite:./data/my file#1.sqlite'],
  ['DATABASE_URL=mysql://u:p@[::1]:3306/db', 'mysql://u:p@[::1]:3306/db'],
  ['DATABASE_URL=mysql://u:hunter2%40@db/gate%20house', 'mysql://u:hunter2%40@db/gate%20house'],
  [
    'DATABASE_URL=mariadb://u@localhost/db?socketPath=/run/mysqld.sock',
    'mariadb://u@localhost/db?socketPath=/run/mysqld.sock',
  ],
  ['DATABASE_URL=postgres://u:p@[::1]:5432/db', 'postgres://u:p@[::1]:5432/db'],
  ['DATABASE_URL=postgresql://u:p@db/x?sslmode=require', 'postgresql://u:p@db/x?sslmode=require'],
  ['DATABASE_TLS=on DATABASE_URL=postgres://u:p@db/x?sslmode=verify-full', 'on'],
  ['DATABASE_TLS=off DATABASE_URL=postgres://u:p@db/x?sslmode=disable', 'off'],
  ['SMTP_URL=smtp://u:hunter2@smtp.example.com', 'smtp://u:hunter2@smtp.example.com'],
  [
    'SMTP_URL=smtps://smtp.example.com PUBLIC_URL=https://example.com NODE_ENV=test',
    'smtps://smtp.example.com',
  ],
  ['MAIL_FROM=Example␣<a@example.com>', 'Example <a@example.com>'],
  ['JWT_ISSUER=https://auth.example.com', 'https://auth.example.com'],
  ['TRUST_PROXY=10.0.0.0/8,␣::1', ['10.0.0.0/8', '::1']],
  [`GATEHOUSE_SECRET=${secret}`, [secret]],
  [`GATEHOUSE_SECRET_FILE=${files.secret}`, [secret]],
  [`JWT_SECRET_FILE=${files.crlf}`, [secret]],
  [`PASSWORD_PEPPER_FILE=${files.marked}`, [secret]],
  [`DATABASE_URL_FILE=${files.url}`, 'mysql://gatehouse:hunter2@db.example.com/gatehouse'],
  [`OWNER_PASSWORD_FILE=${files.weak} OWNER_EMAIL=ada@example.com`, 'hunter2'],
];

/** The line that refuses a value, or warns of one without effect. */
const LINES: readonly (readonly [setting: string, line: string])[] = [
  ['NODE_ENV=Production', 'NODE_ENV must be one of development, test, production'],
  [
    'NODE_ENV=production',
    'ALLOW_SQLITE_IN_PRODUCTION must be true for SQLite in production, or DATABASE_URL must name a server',
  ],
  ['PORT=80a', 'PORT must be a whole number from 0 to 65535'],
  ['PORT=3000␣', 'PORT must be a whole number from 0 to 65535'],
  ['HOST=[::1]', HOST],
  ['HOST=0.0.0.0:80', HOST],
  ['HOST=http://localhost', HOST],
  ['HOST=*', HOST],
  ['SIGN_UP=false', 'SIGN_UP must be one of on, off'],
  ['SWAGGER_UI=yes', 'SWAGGER_UI must be true or false'],
  ['PUBLIC_URL=auth.example.com', PUBLIC],
  ['PUBLIC_URL=https://u:hunter2@auth.example.com', PUBLIC],
  ['PUBLIC_URL=https://auth.example.com?tenant=1', PUBLIC],
  ['PUBLIC_URL=https://auth.example.com/#top', PUBLIC],
  ['PUBLIC_URL=https:auth.example.com', PUBLIC],
  ['CORS_ORIGINS=app.example.com', ORIGIN],
  ['CORS_ORIGINS=localhost:5173', ORIGIN],
  ['CORS_ORIGINS=https://app.example.com/login', ORIGIN],
  ['CORS_ORIGINS=https://app.example.com?a=1', ORIGIN],
  ['CORS_ORIGINS=https://*.example.com', ORIGIN],
  ['CORS_ORIGINS=*', ORIGIN],
  ['CORS_ORIGINS=null', ORIGIN],
  ['CORS_ORIGINS=file:///', ORIGIN],
  ['CORS_ORIGINS=wss://app.example.com', ORIGIN],
  ['CORS_ORIGINS=https://a.example.com␣https://b.example.com', ORIGIN],
  ['CORS_ORIGINS="https://app.example.com"', ORIGIN],
  [
    'CORS_ORIGINS=https://a.example.com,',
    'CORS_ORIGINS must be a comma-separated list without empty items',
  ],
  ['DATABASE_URL=oracle://u:hunter2@db/x', URL_FORM],
  ['DATABASE_URL=postgres://u:hunter2@db', URL_FORM],
  ['DATABASE_URL=postgres://db/x', URL_FORM],
  ['DATABASE_URL=postgres:///x?host=/run/postgresql', URL_FORM],
  ['DATABASE_URL=postgres://u:hunter2@/x', URL_FORM],
  ['DATABASE_URL=postgres://u:hunter2@a:5432,b:5432/x', URL_FORM],
  ['DATABASE_URL=postgres:u:hunter2@db/x', URL_FORM],
  ['DATABASE_URL=postgres://u:12/34?hunter2=1@db/x', URL_PART],
  ['DATABASE_URL=postgres://u:hunter2@db/x?a@b', URL_PART],
  ['DATABASE_URL=postgres://u:hunter2%00@db/x', 'DATABASE_URL must not hold the character %00'],
  [
    'DATABASE_URL=postgres://u:hunter2@a,b/x',
    'DATABASE_URL must name the host by its name or IP address',
  ],
  ['DATABASE_URL=postgres://u:hunter2@db/x?sslmode=prefer', SSLMODE],
  ['DATABASE_URL=postgres://u:hunter2@db/x?sslmode=allow', SSLMODE],
  ['DATABASE_URL=postgres://u:hunter2@db/x?sslmode=no-verify', SSLMODE],
  ['DATABASE_URL=postgres://u:hunter2@db/x?sslmode=', SSLMODE],
  ['DATABASE_URL=postgres://u:hunter2@db/x?sslmode=constructor', SSLMODE],
  ['DATABASE_URL=postgres://u:hunter2@db/x?host=other.example.com', SOCKET],
  ['DATABASE_URL=postgres://u@db/x?host=/run/postgresql/.s.PGSQL.5432', SOCKET],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?sslrootcert=/etc/hunter2.pem',
    'DATABASE_URL takes no sslrootcert: DATABASE_CA_FILE names the certificate',
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?schema=hunter2',
    `DATABASE_URL takes no parameter schema: ${PARAMETERS}`,
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?options=-c%20hunter2',
    `DATABASE_URL takes no parameter options: ${PARAMETERS}`,
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?socketPath=/run',
    `DATABASE_URL takes no parameter socketPath: ${PARAMETERS}`,
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?%68-2=1',
    `DATABASE_URL takes no parameter: ${PARAMETERS}`,
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?sslmode=require&sslmode=disable',
    'DATABASE_URL must not repeat a parameter',
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?channel_binding=yes',
    'DATABASE_URL must have as channel_binding disable, prefer or require',
  ],
  [
    'DATABASE_URL=postgres://u:hunter2@db/x?sslmode=disable&channel_binding=require',
    'DATABASE_URL must not have channel_binding=require beside sslmode=disable',
  ],
  [
    'DATABASE_TLS=off DATABASE_URL=postgres://u:hunter2@db/x?sslmode=require',
    'DATABASE_TLS must not say the opposite of sslmode in DATABASE_URL',
  ],
  [
    'DATABASE_TLS=on DATABASE_URL=postgres://u:hunter2@db/x?sslmode=disable',
    'DATABASE_TLS must not say the opposite of sslmode in DATABASE_URL',
  ],
  ['DATABASE_URL=mysql://u:hunter2@db', URL_FORM],
  ['DATABASE_URL=mysql://u:hunter2@db:0/x', URL_FORM],
  ['DATABASE_URL=mysql://u:hun/ter2@db/x', URL_FORM],
  ['DATABASE_URL=mysql://u:12/34@db/x', URL_PART],
  ['DATABASE_URL=mysql://u:hunter2@db/x#y', URL_PART],
  [
    'DATABASE_URL=mysql://u:hunter2%@db/x',
    'DATABASE_URL must write each % in user, password and database as %25',
  ],
  ['DATABASE_URL=mysql://u:hunter2@db/x?ssl=true', URL_PARAMETER],
  ['DATABASE_URL=mysql://u:hunter2@db/x?socketPath=mysqld.sock', URL_PARAMETER],
  ['DATABASE_URL=mysql://u:hunter2@db/x?socketPath=/s&charset=utf8', URL_PARAMETER],
  [
    'DATABASE_URL=mysql://u:hunter2@%2Frun%2Fmysqld.sock/x',
    'DATABASE_URL must name the host by its name or IP address',
  ],
  ['DATABASE_URL=sqlite::memory:', URL_FORM],
  ['DATABASE_URL=sqlite:./x.sqlite?mode=ro', SQLITE],
  ['DATABASE_URL=sqlite:~/x.sqlite', SQLITE],
  ['DATABASE_URL=sqlite:file:x.sqlite', SQLITE],
  ['DATABASE_URL=sqlite:./x.sqlite␣', SQLITE],
  ['DATA_DIR=~/gatehouse', 'DATA_DIR must be a whole path: ~ is not expanded'],
  [
    'SMTP_URL=smtp.example.com:587',
    'SMTP_URL must be a URL smtp://… or, with TLS from the start, smtps://…',
  ],
  [
    'SMTP_URL=smtp://u:hunter2@mail:25?tls=off',
    'SMTP_URL must not hold a password beside tls=off: it would cross the network in the clear',
  ],
  [
    'SMTP_URL=smtps://u:hunter2@smtp.example.com NODE_ENV=test',
    'PUBLIC_URL is missing beside SMTP_URL: letters hold links',
  ],
  ['MAIL_FROM=Example', 'MAIL_FROM must be an address, or a name and an address in angle brackets'],
  ['JWT_ISSUER=gatehouse\r', `JWT_ISSUER ${TEXT}`],
  ['JWT_AUDIENCE=gate\u200Bhouse', `JWT_AUDIENCE ${TEXT}`],
  [
    'OWNER_PASSWORD=hunter2\r OWNER_EMAIL=ada@example.com',
    'OWNER_PASSWORD must be one line without control characters',
  ],
  [`TLS_CERT_FILE=${files.folder}`, 'TLS_CERT_FILE names a file that is a folder'],
  [`TLS_KEY_FILE=${files.missing}`, 'TLS_KEY_FILE names a file that does not exist'],
  [
    `TLS_KEY_FILE=${files.secret}/key.pem`,
    'TLS_KEY_FILE names a file that lies below another file',
  ],
  [
    `TLS_KEY_FILE=${join(root, 'x'.repeat(300))}`,
    'TLS_KEY_FILE names a file that has too long a name',
  ],
  [`TLS_KEY_FILE=${files.loop}`, 'TLS_KEY_FILE names a file that is a link that leads to itself'],
  ['TLS_KEY_FILE=/dev/zero', 'TLS_KEY_FILE names a file that is no regular file'],
  [`DATABASE_CA_FILE=${files.large}`, 'DATABASE_CA_FILE names a file that is larger than 1 MiB'],
  [
    `DATABASE_CA_FILE=${files.secret}`,
    'DATABASE_CA_FILE names a file that holds no certificate in PEM',
  ],
  [
    `GATEHOUSE_SECRET_FILE=${files.missing}`,
    'GATEHOUSE_SECRET_FILE names a file that does not exist',
  ],
  [`GATEHOUSE_SECRET_FILE=${files.folder}`, 'GATEHOUSE_SECRET_FILE names a file that is a folder'],
  [`GATEHOUSE_SECRET_FILE=${files.empty}`, 'GATEHOUSE_SECRET_FILE names a file that is empty'],
  [
    `GATEHOUSE_SECRET_FILE=${files.utf16}`,
    'GATEHOUSE_SECRET_FILE names a file that is not text in UTF-8',
  ],
  [
    `GATEHOUSE_SECRET_FILE=${files.weak}`,
    'GATEHOUSE_SECRET_FILE names a file whose content must hold at least 256 random bits',
  ],
  [
    `GATEHOUSE_SECRET_FILE=${files.secret} GATEHOUSE_SECRET=${secret}`,
    'GATEHOUSE_SECRET_FILE must not be set beside GATEHOUSE_SECRET',
  ],
  [
    `DATABASE_URL_FILE=${files.url} DATABASE_URL=sqlite:x`,
    'DATABASE_URL_FILE must not be set beside DATABASE_URL',
  ],
  [
    `DATABASE_URL_FILE=${files.weak}`,
    `DATABASE_URL_FILE names a file whose content ${URL_FORM.slice('DATABASE_URL '.length)}`,
  ],
  [
    `GATEHOUSE_SECRET_FILE=${files.secret} JWT_SECRET_FILE=${files.crlf}`,
    'JWT_SECRET must not hold a value that another secret has',
  ],
  [
    'REFRESH_TOKEN_ROTATON=on',
    'REFRESH_TOKEN_ROTATON is not read: is REFRESH_TOKEN_ROTATION meant?',
  ],
  [
    'REFRESH_TOKEN_ROATTION=on',
    'REFRESH_TOKEN_ROATTION is not read: is REFRESH_TOKEN_ROTATION meant?',
  ],
  ['CORS_ORIGIN=https://app.example.com', 'CORS_ORIGIN is not read: is CORS_ORIGINS meant?'],
  ['DATABASE_URI=sqlite:x', 'DATABASE_URI is not read: is DATABASE_URL meant?'],
  ['GATEHOUSE_SECERT=x', 'GATEHOUSE_SECERT is not read: is GATEHOUSE_SECRET meant?'],
  ['TRUST-PROXY=::1', 'TRUST-PROXY is not read: is TRUST_PROXY meant?'],
  ['node_env=production', 'node_env is not read: is NODE_ENV meant?'],
  ['SIGNUP=off', 'SIGNUP is not read: is SIGN_UP meant?'],
  ['HTTP_ONLY=true', 'HTTP_ONLY is not read: is HTTPS_ONLY meant?'],
  ['TLS_CERT=/etc/tls.crt', 'TLS_CERT is not read: is TLS_CERT_FILE meant?'],
  ['OWNER_EMAIL_FILE=/run/secrets/email', 'OWNER_EMAIL_FILE is not read: is OWNER_EMAIL meant?'],
  ['JWT_PRIVATE_KEY_FILE=/etc/key.pem', 'JWT_PRIVATE_KEY_FILE is not used: JWT_ALG is HS256'],
  ['DATABASE_TLS=on', 'DATABASE_TLS is not used: DATABASE_URL names a file'],
  [
    'NODE_ENV=production ALLOW_SQLITE_IN_PRODUCTION=true HTTPS_ONLY=false',
    'HTTPS_ONLY is not used: production takes HTTPS only',
  ],
];

describe('a setting', () => {
  it.each(TAKEN)('is taken as it was meant: %s (S-206)', (setting, value) => {
    const environment = variablesIn(setting);
    const [name = ''] = Object.keys(environment);
    const read = readEnv(environment) as unknown as Record<string, unknown>;
    expect(read[name.replace(/(?<=SECRET|PEPPER|PASSWORD|URL)_FILE$/, '')]).toEqual(value);
    expect(lineOf(environment)).toBe('');
  });

  it.each(LINES)('gets one line: %j (S-155, S-206)', (setting, line) => {
    expect(lineOf(variablesIn(setting))).toBe(line);
  });

  it('never appears in its line, because it may be a secret (S-154)', () => {
    const lines = LINES.map(([setting]) => lineOf(variablesIn(setting)));
    expect(lines.join('\n')).not.toMatch(/hunter2|\n\n/);
  });

  it('is explained in docs/settings.md by the line that it gets', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/settings.md'), 'utf8');
    const shown = [...page.matchAll(/^\| `([A-Z_]+=[^`]*)` +\| `([^`]*)` +\|$/gm)];
    expect(shown.length).toBeGreaterThan(9);
    for (const [, setting = '', line = ''] of shown) {
      expect([setting, lineOf(variablesIn(setting))]).toEqual([setting, line]);
    }
  });
});

describe('a name that is not ours', () => {
  it.each([
    'BASE_URL CI COLORTERM DATABASE DATABASE_HOST DATABASE_ID DATABASE_NAME DATABASE_PASSWORD DATABASE_PORT',
    'DATABASE_USER DB_URL DEBUG DISPLAY EDITOR GATEHOUSE_PORT GATEHOUSE_PORT_3000_TCP GATEHOUSE_SERVICE_HOST',
    'GHOST GITHUB_ENV GITHUB_TOKEN HOME HOSTFILE HOSTNAME HOSTS HOSTTYPE HTTPS_PROXY HTTP_PROXY INVOCATION_ID',
    'JAVA_HOME JOURNAL_STREAM KUBERNETES_PORT LANG LC_ALL LESS LOGNAME LS_COLORS MAIL MANPATH NODE_EXTRA_CA_CERTS',
    'NODE_OPTIONS NODE_PATH NODE_VERSION NO_COLOR NO_PROXY NVM_DIR OLDPWD PATH PGDATA PORTS POST PS1 PWD',
    'REDIS_URL RUNNER_OS SHELL SHLVL SMTP_HOST SMTP_PORT SSH_AUTH_SOCK SSL_CERT_DIR SSL_CERT_FILE',
    'SSLKEYLOGFILE TERM TMPDIR TZ USER XDG_DATA_DIRS XDG_RUNTIME_DIR YARN_VERSION npm_config_port npm_package_name',
  ])('gets no line: %s', (names) => {
    const environment = Object.fromEntries(names.split(' ').map((name) => [name, 'x']));
    expect(settingWarnings(readEnv({}), environment)).toEqual([]);
  });
});

describe('a line of .env', () => {
  const valueOf = (content: string | Buffer) => {
    const environment: NodeJS.ProcessEnv = {};
    loadEnvFile(fileWith('.env', content), environment, VARIABLE_NAMES);
    return environment['JWT_ISSUER'];
  };
  const refusalOf = (content: string | Buffer): string => {
    try {
      valueOf(content);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const SYNTAX = 'is not NAME=value, or its value needs quotes around it';
  const EXPANDED = 'sets JWT_ISSUER: nothing is expanded; put the value in single quotes';

  it.each([
    ['JWT_ISSUER=gate', 'gate'],
    ['JWT_ISSUER = gate \r\nPORT=1', 'gate'],
    ['PORT=1\rJWT_ISSUER=gate\r', 'gate'],
    ['export JWT_ISSUER=gate', 'gate'],
    ['\tJWT_ISSUER=gate\t# comment', 'gate'],
    ['# JWT_ISSUER=no\n\nJWT_ISSUER=gate#house', 'gate#house'],
    ['JWT_ISSUER= # comment', ''],
    ['JWT_ISSUER=', ''],
    ["JWT_ISSUER='gate # house'  # comment", 'gate # house'],
    ['JWT_ISSUER="gate # house"', 'gate # house'],
    ['JWT_ISSUER=`gate "house"`', 'gate "house"'],
    ["JWT_ISSUER='${A}\\n'", '${A}\\n'],
    ['JWT_ISSUER=a=b"c$d', 'a=b"c$d'],
    ['JWT_ISSUER=first\nother.name="a\nb"\nother.name=2', 'first'],
    ['OTHER="{\\"a\\": 1}"\nJWT_ISSUER=gate', 'gate'],
  ])('is taken as it was meant: %j (S-206)', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it.each([
    ['NODE_ENV production', `.env line 1 ${SYNTAX}`],
    ['PORT=1\nNODE_ENV: production', `.env line 2 ${SYNTAX}`],
    ['=production', `.env line 1 ${SYNTAX}`],
    ['\u00A0NODE_ENV=production', `.env line 1 ${SYNTAX}`],
    ['PORT=1\n\uFEFFNODE_ENV=production', `.env line 2 ${SYNTAX}`],
    ['JWT_ISSUER=#gate', `.env line 1 ${SYNTAX}`],
    ['JWT_ISSUER="gate', `.env line 1 ${SYNTAX}`],
    ["JWT_ISSUER='gate'house", `.env line 1 ${SYNTAX}`],
    ["OTHER='a\nNODE_ENV=production\nB=c'", '.env line 1 begins a quote that is not closed'],
    ['JWT_ISSUER=${PUBLIC_URL}', `.env line 1 ${EXPANDED}`],
    ['JWT_ISSUER="$(hostname)"', `.env line 1 ${EXPANDED}`],
    ['JWT_ISSUER="a\\b"', `.env line 1 ${EXPANDED}`],
    ['JWT_ISSUER=a\n#\nJWT_ISSUER=a', '.env line 3 sets JWT_ISSUER again'],
  ])('stops the start where its meaning is in doubt: %j (S-206)', (text, line) => {
    expect(refusalOf(text)).toBe(line);
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFFNODE_ENV=production\n', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('PORT=1\n', 'utf16le')],
    ['Latin-1', Buffer.from('OWNER_PASSWORD=Käse\n', 'latin1')],
  ])('stops the start where it is not text in UTF-8: %s (S-206)', (_, content) => {
    expect(refusalOf(content)).toBe('.env is not text in UTF-8; it must be a text file in UTF-8');
  });
});
