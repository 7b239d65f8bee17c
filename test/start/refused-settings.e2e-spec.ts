import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createCertificate } from '../support/certificate.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { createService, runToExit, type Environment } from '../support/service.js';

const production = { NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true' };

/** Expects one line that names the variable and, unless it is empty, does not contain the value (S-154, S-155). */
async function expectRefusedStart(name: string, env: Environment, value = ''): Promise<string> {
  const { code, output } = await runToExit(env);
  expect(code).toBe(1);
  const lines = output.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(new RegExp(`^Gatehouse cannot start: ${name} `));
  if (value !== '') expect(output.replace(/Example: .*$/, '')).not.toContain(value);
  return output;
}

function inFile(name: string, content: string): string {
  const file = join(temporaryDirectory('setting'), name);
  writeFileSync(file, content);
  return file;
}

function pemOf(kind: 'P-384' | 'RSA-1024'): string {
  const { privateKey } =
    kind === 'RSA-1024'
      ? generateKeyPairSync('rsa', { modulusLength: 1024 })
      : generateKeyPairSync('ec', { namedCurve: kind });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('a start with a wrong value', () => {
  // One from each place that checks values; src/server/config/env-values.spec.ts has the others.
  it.each([
    ['BCRYPT_COST', '9', 'S-05'],
    ['DATABASE_URL', 'postgres://user:hunter2@db.invalid/x?sslmode=prefer', 'S-154'],
    ['GATEHOUSE_SECRET', 'change-me-change-me-change-me-change-me-42', 'S-68'],
  ])('ends in one line that names it: %s=%s (S-154, S-155, %s)', async (name, value) => {
    await expectRefusedStart(name, { [name]: value }, value.length > 5 ? value : '');
  });

  it('ends in one line in production when letters would hold links to nowhere (S-111, S-155)', async () => {
    const SMTP_URL = 'smtps://gatehouse:hunter2@smtp.example.com';
    await expectRefusedStart('PUBLIC_URL', { ...production, SMTP_URL }, 'hunter2');
  });

  it('ends in one line when the database cannot be reached, and repeats no password (S-155)', async () => {
    const url = 'mysql://gatehouse:hunter2@127.0.0.1:1/gatehouse';
    const env = { DATABASE_URL: url, DATABASE_WAIT: '0' };
    await expectRefusedStart('DATABASE_URL', env, 'hunter2');
    const file = inFile('file', '');
    await expectRefusedStart('DATABASE_URL', { DATABASE_URL: `sqlite:${file}/gatehouse.sqlite` });
  });

  it('ends in one line when its folder is a file (S-155)', async () => {
    const env = { DATA_DIR: inFile('file', ''), GATEHOUSE_SECRET: undefined };
    await expectRefusedStart('DATA_DIR', env);
  });

  it('ends when a folder below /proc cannot be created, and does not try for ever (S-206)', async () => {
    const DATA_DIR = '/proc/nope';
    await expectRefusedStart('DATA_DIR', { DATA_DIR, GATEHOUSE_SECRET: undefined });
    await expectRefusedStart('DATABASE_URL', { DATABASE_URL: 'sqlite:/proc/nope/x.sqlite' });
  });

  it('ends when a folder or another file stands in place of the SQLite file (S-206)', async () => {
    const file = inFile('notes.txt', 'no database '.repeat(100));
    const folder = join(dirname(file), 'folder');
    mkdirSync(folder);
    const isFolder = await expectRefusedStart('DATABASE_URL', { DATABASE_URL: `sqlite:${folder}` });
    expect(isFolder).toContain('(EISDIR): the file is a folder');
    const isText = await expectRefusedStart('DATABASE_URL', { DATABASE_URL: `sqlite:${file}` });
    expect(isText).toContain('(SQLITE_NOTADB): the file is no SQLite database');
  });

  it('ends in production without a secret (S-154)', async () => {
    const env = { ...production, GATEHOUSE_SECRET: undefined };
    await expectRefusedStart('GATEHOUSE_SECRET', env);
  });

  it('starts when the example of its message is a line of .env as it stands (S-206)', async () => {
    const service = await createService({ env: { GATEHOUSE_SECRET: undefined } });
    const output = await expectRefusedStart('GATEHOUSE_SECRET', { GATEHOUSE_SECRET: 'x' });
    const line = /Example: (GATEHOUSE_SECRET=.*)$/m.exec(output)?.[1];
    writeFileSync(join(dirname(service.outputFile), '.env'), `${line}\n`);
    await service.start();
    expect(await service.stop()).toBe(0);
  });

  it.each([
    ['a curve of another size', 'ES256', 'P-384'],
    ['an RSA key of 1024 bits', 'RS256', 'RSA-1024'],
  ] as const)('ends with %s as signing key (S-68)', async (_, algorithm, kind) => {
    const pem = pemOf(kind);
    const env = { JWT_ALG: algorithm, JWT_PRIVATE_KEY_FILE: inFile('key.pem', pem) };
    await expectRefusedStart('JWT_PRIVATE_KEY_FILE', env, pem.split('\n')[1]);
  });

  it('ends with a signing key that is missing or not a key (S-68, S-155)', async () => {
    const name = 'JWT_PRIVATE_KEY_FILE';
    const es256 = { JWT_ALG: 'ES256' };
    await expectRefusedStart(name, { ...es256, [name]: '/nowhere/key.pem' });
    await expectRefusedStart(name, { ...es256, [name]: inFile('key.pem', 'no key') });
    await expectRefusedStart(name, { ...es256, ...production });
  });
});

describe('a start with settings that do not go together', () => {
  it('ends when certificate or key is invalid (S-155)', async () => {
    const { certFile, keyFile } = await createCertificate();
    const none = inFile('none.pem', 'nothing');
    await expectRefusedStart('TLS_CERT_FILE', { TLS_CERT_FILE: none, TLS_KEY_FILE: keyFile });
    await expectRefusedStart('TLS_KEY_FILE', { TLS_CERT_FILE: certFile, TLS_KEY_FILE: none });
  });

  // src/server/config/env.spec.ts has the other pairs.
  it('ends with one half of a first owner (S-16, S-155)', async () => {
    const password = 'canary-of-the-first-owner';
    await expectRefusedStart('OWNER_EMAIL', { OWNER_PASSWORD: password }, password);
  });

  it('ends in production on SQLite unless that is allowed (S-158)', async () => {
    await expectRefusedStart('ALLOW_SQLITE_IN_PRODUCTION', { NODE_ENV: 'production' });
  });

  it('ends with a first owner whose address or password is refused (S-01, S-16)', async () => {
    const owner = {
      OWNER_EMAIL: 'ada@example.com',
      OWNER_PASSWORD: 'too-short-canary'.slice(0, 14),
    };
    await expectRefusedStart('OWNER_PASSWORD', owner, owner.OWNER_PASSWORD);
    const invalid = { OWNER_EMAIL: 'nobody', OWNER_PASSWORD: 'Correct-Horse-9-Staple' };
    await expectRefusedStart('OWNER_EMAIL', invalid, invalid.OWNER_PASSWORD);
  });
});

describe('a start at an address that it cannot listen at', () => {
  /** The last line, after those of a start that goes well so far. */
  const lastLine = async (env: Environment): Promise<string> => {
    const { code, output } = await runToExit(env);
    expect(code).toBe(1);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output.match(/EADDR/g)).toBeNull();
    return output.trim().split('\n').at(-1) ?? '';
  };

  it.each(['fastify', 'express'])(
    'ends in one line that names PORT where that is in use: %s (S-206)',
    async (HTTP_ADAPTER) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const PORT = String((other.address() as AddressInfo).port);
      expect(await lastLine({ HTTP_ADAPTER, PORT })).toMatch(
        /^Gatehouse cannot start: PORT is in use: .*Example: PORT=/,
      );
      other.close();
    },
  );

  it('ends in one line that names HOST where another machine has it (S-206)', async () => {
    // Reserved for documentation (RFC 5737).
    expect(await lastLine({ HOST: '192.0.2.1' })).toMatch(
      /^Gatehouse cannot start: HOST is not an address of this machine\. Example: HOST=/,
    );
  });
});
