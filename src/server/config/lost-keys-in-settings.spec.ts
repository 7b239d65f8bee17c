import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { LostKeysError, type LostKey } from '../../keys/lost-keys.error.js';
import { readEnv } from './env.js';
import { inSettings } from './lost-keys-in-settings.js';

const newSecret = () => randomBytes(48).toString('base64url');
const hashes: LostKey = { purpose: 'password_pepper', keyId: '0'.repeat(16), rows: 3 };
const sessions: LostKey = { purpose: 'refresh_token', keyId: '1'.repeat(16), rows: 1 };
const webhooks: LostKey = { purpose: 'webhook_secret', keyId: '2'.repeat(16), rows: 2 };
const root = { GATEHOUSE_SECRET: newSecret() };
const pepper = { PASSWORD_PEPPER: newSecret() };
const refresh = { REFRESH_TOKEN_SECRET: newSecret() };

const worded = (env: NodeJS.ProcessEnv, ...lost: LostKey[]): string =>
  inSettings(new LostKeysError(lost), readEnv(env)).message;

describe('lost keys in the words of the environment', () => {
  it.each<[string, NodeJS.ProcessEnv, LostKey[]]>([
    ['GATEHOUSE_SECRET does', root, [hashes, sessions]],
    ['GATEHOUSE_SECRET does', { ...root, ...pepper }, [sessions]],
    ['GATEHOUSE_SECRET does', { ...root, ...refresh }, [webhooks]],
    ['PASSWORD_PEPPER does', { ...root, ...pepper }, [hashes]],
    ['PASSWORD_PEPPER does', pepper, [hashes]],
    ['REFRESH_TOKEN_SECRET does', { ...root, ...refresh }, [sessions]],
    ['GATEHOUSE_SECRET and PASSWORD_PEPPER do', { ...root, ...pepper }, [hashes, sessions]],
    [
      'PASSWORD_PEPPER and REFRESH_TOKEN_SECRET do',
      { ...pepper, ...refresh, JWT_SECRET: newSecret() },
      [hashes, sessions, webhooks],
    ],
  ])('name the setting and never its value: %s not fit (S-206, S-154)', (name, env, lost) => {
    const message = worded(env, ...lost);
    expect(message.startsWith(`${name} not fit the database: `)).toBe(true);
    for (const value of Object.values(env)) expect(message).not.toContain(value);
  });

  it('say what rests on them, and how their loss is meant (S-206)', () => {
    expect(worded(root, hashes, sessions)).toBe(
      'GATEHOUSE_SECRET does not fit the database: 3 password hashes and 1 live session were made with a key that is not set any more; set the former secret again, behind the new one and a comma, or give up what it made by ACCEPT_LOST_KEYS=0000000000000000,1111111111111111',
    );
    expect(worded(root, webhooks)).toContain(': 2 webhook secrets were made');
    expect(worded(root, { ...hashes, rows: 1 })).toContain(': 1 password hash was made');
    expect(worded({}, sessions)).toMatch(
      /^DATA_DIR holds another gatehouse\.secret than .*: 1 live/,
    );
  });

  it('are a host’s options without that (S-206)', () => {
    expect(new LostKeysError([hashes]).message).toBe(
      "GatehouseModule: option secret (or password.pepper) does not fit the database: 3 password hashes were made with a key that is not set any more; set the former secret again, as the last of a list, or give up what it made by acceptLostKeys: ['0000000000000000']",
    );
  });
});
