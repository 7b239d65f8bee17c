import { describe, expect, it } from '@jest/globals';
import { request } from '../support/http.js';
import { newOwner } from '../support/members.js';
import { startService } from '../support/service.js';

describe('a stack trace in the log', () => {
  it('names the lines of the source files, and not those of the bundle, in development', async () => {
    const service = await startService({ env: { NODE_ENV: 'development' } });
    const { bearer } = await newOwner(service);
    await service.database.query('DROP TABLE api_keys');
    const { status, text } = await request(service, 'GET', '/api/v1/account/api_key', { bearer });
    expect(status).toBe(500);
    expect(text).not.toMatch(/\.ts|\.js/);
    expect(service.output()).toMatch(/\/BetterSqlite3QueryRunner\.js:\d+:\d+\)/);
    expect(service.output()).not.toContain('/bundle/');
  });
});
