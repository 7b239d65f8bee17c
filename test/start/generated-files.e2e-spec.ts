import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { startService } from '../support/service.js';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('the files that the service generates', () => {
  it('are readable by their owner alone and used again at the next start (S-154, S-158)', async () => {
    const directory = temporaryDirectory('generated');
    const data = join(directory, 'data');
    const databases = join(directory, 'databases');
    const service = await startService({
      env: {
        NODE_ENV: 'development',
        GATEHOUSE_SECRET: undefined,
        JWT_ALG: 'ES256',
        DATA_DIR: data,
        DATABASE_URL: `sqlite:${join(databases, 'gatehouse.sqlite')}`,
      },
    });
    const user = await signUp(service);
    const { access_token, refresh_token } = await signIn(service, user);

    expect(readdirSync(data).sort()).toEqual(['gatehouse.secret', 'jwt-es256.pem', 'outbox']);
    expect(readdirSync(databases).sort()).toEqual([
      'gatehouse.sqlite',
      'gatehouse.sqlite-shm',
      'gatehouse.sqlite-wal',
    ]);
    for (const folder of [data, databases]) {
      expect(modeOf(folder)).toBe('700');
      for (const name of readdirSync(folder)) {
        expect([name, modeOf(join(folder, name))]).toEqual([
          name,
          name === 'outbox' ? '700' : '600',
        ]);
      }
    }

    const secretFile = join(data, 'gatehouse.secret');
    const secret = readFileSync(secretFile, 'utf8').trim();
    expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(32);
    await service.restart();
    expect(readFileSync(secretFile, 'utf8').trim()).toBe(secret);
    expect(service.output()).not.toContain(secret);
    expect(service.output()).not.toContain('PRIVATE KEY');

    const me = await request(service, 'GET', '/oauth/me', { bearer: access_token });
    expect(me.status).toBe(200);
    const refreshed = await request(service, 'POST', '/oauth/token?grant_type=refresh_token', {
      json: { refresh_token },
    });
    expect(refreshed.status).toBe(200);
    await signIn(service, user);
  });
});
