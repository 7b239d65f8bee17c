// better-auth configured like Gatehouse: durable SQLite, bcrypt, and a session that is read for every request.
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import bcrypt from 'bcrypt';
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { PORT, DATA_DIR, BCRYPT_COST } = process.env;
const origin = `http://127.0.0.1:${PORT}`;
const database = new Database(join(DATA_DIR, 'peer.sqlite'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');

const options = {
  baseURL: origin,
  secret: randomBytes(32).toString('base64url'),
  database,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => bcrypt.hash(password, Number(BCRYPT_COST)),
      verify: ({ hash, password }) => bcrypt.compare(password, hash),
    },
  },
};
await (await getMigrations(options)).runMigrations();
const server = createServer(toNodeHandler(betterAuth(options))).listen(Number(PORT), '127.0.0.1');
await once(server, 'listening');
await announce();

async function announce() {
  const credentials = { email: 'ada@example.com', password: 'three grey geese' };
  const headers = { 'content-type': 'application/json', origin };
  const ask = (path, body) =>
    fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await ask('/api/auth/sign-up/email', { name: 'Ada', ...credentials });
  const signedIn = await ask('/api/auth/sign-in/email', credentials);
  const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';')[0]);
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'node_modules/better-auth/package.json'), 'utf8'),
  );
  const requests = {
    me: { method: 'GET', path: '/api/auth/get-session', headers: { cookie: cookie.join('; ') } },
    login: {
      method: 'POST',
      path: '/api/auth/sign-in/email',
      headers,
      body: JSON.stringify(credentials),
    },
  };
  process.stdout.write(`${JSON.stringify({ name: `better-auth ${version}`, requests })}\n`);
}
