import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LIFETIME_MS, SessionBench } from '../../test/support/unit-sessions.js';
import { codeOf } from '../../test/support/unit.js';
import { RefreshTokenCodec } from './refresh-token-codec.js';

describe('SessionsService: the life of a session', () => {
  it('gives every session 256 random bits of salt and an id of its own (S-44)', async () => {
    const bench = new SessionBench({ max: 1000 });
    const ids = await Promise.all(Array.from({ length: 50 }, () => bench.begin()));
    const salts = [...bench.table.rows.values()].map(({ salt }) => salt);
    expect(new Set(salts).size).toBe(50);
    expect(new Set(ids.map(({ id }) => id)).size).toBe(50);
    expect(Buffer.from(salts[0] ?? '', 'base64url')).toHaveLength(32);
  });

  it('limits the sessions of users and of API keys separately (contract §3)', async () => {
    const bench = new SessionBench({ max: 3, maxOfApiKey: 2 });
    for (const [type, limit] of [
      ['user', 3],
      ['api_key', 2],
    ] as const) {
      const ids: string[] = [];
      for (let turn = 0; turn < 5; turn++) {
        bench.clock.time += 1;
        ids.push((await bench.begin(`${type}-1`, type)).id);
      }
      expect(ids.filter((id) => bench.isLive(id))).toEqual(ids.slice(-limit));
    }
  });

  it('stores nothing that is the token or a part of its secret (S-45)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    const row = JSON.stringify(bench.table.rows.get(id));
    for (let start = 28; start + 12 <= token.length; start += 4) {
      expect(row).not.toContain(token.slice(start, start + 12));
    }
  });

  it('never moves the end at a refresh or rotation (S-46)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    const end = bench.clock.time + LIFETIME_MS;
    let current = token;
    for (let day = 0; day < 29; day++) {
      bench.clock.time += 86_400_000;
      current = await bench.refresh(current);
      expect((await bench.find(id)).expiresAt).toBe(end);
    }
    bench.clock.time = end - 1;
    current = await bench.refresh(current);
    bench.clock.time = end;
    expect(await codeOf(() => bench.refresh(current))).toBe(40106);
  });

  it.each(['on', 'off', 'auto'] as const)(
    'refuses a token from the millisecond of its end, rotation %s (S-46, S-47)',
    async (rotation) => {
      const bench = new SessionBench({ rotation, lifetimeMs: 1000 });
      const { token } = await bench.begin();
      bench.clock.time += 999;
      const next = await bench.refresh(token);
      bench.clock.time += 1;
      // Both the current token and the previous one in its grace are refused.
      for (const each of [token, next]) expect(await codeOf(() => bench.refresh(each))).toBe(40106);
      expect(await bench.revoke(next)).toBe(false);
    },
  );

  it('refuses a token of a revoked session, also within the grace (S-47, S-52)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    const next = await bench.refresh(token);
    await bench.service.end({ id });
    for (const each of [token, next]) expect(await codeOf(() => bench.refresh(each))).toBe(40106);
    expect(bench.eventNames).toEqual([]);
  });

  it('revives nothing when the clock is set back (S-187)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    await bench.service.end({ id });
    bench.clock.time -= 300_000;
    expect(await codeOf(() => bench.refresh(token))).toBe(40106);
  });

  it('refuses a token of another session with an exchanged head', async () => {
    const bench = new SessionBench({ max: 2 });
    const [one, other] = [await bench.begin(), await bench.begin()];
    const crossed = one.token.slice(0, 21) + other.token.slice(21);
    const presented = { ...bench.presented(crossed), sessionId: one.id };
    expect(bench.service.isAuthentic(presented, await bench.find(one.id))).toBe(false);
    expect(bench.isLive(one.id)).toBe(true);
  });

  it('calls no token authentic without a session, or for a session without refresh tokens (S-23)', () => {
    const keys = [Buffer.alloc(32, 1)];
    const bench = new SessionBench({ refreshTokenKeys: keys });
    const salt = Buffer.alloc(32).toString('base64url');
    const token = new RefreshTokenCodec(keys).issue(randomUUID(), 0, salt);
    const presented = bench.presented(token);
    expect(bench.service.isAuthentic(presented, { salt })).toBe(true);
    for (const session of [undefined, { salt: null }]) {
      expect(bench.service.isAuthentic(presented, session)).toBe(false);
    }
  });
});

describe('SessionsService: the limit of sessions', () => {
  it('ends the previous session with a limit of one (S-48)', async () => {
    const bench = new SessionBench();
    const [first, second] = [await bench.begin(), await bench.begin()];
    expect([bench.isLive(first.id), bench.isLive(second.id)]).toEqual([false, true]);
    expect(await codeOf(() => bench.refresh(first.token))).toBe(40106);
  });

  it('ends the oldest beyond the limit, and none of another user (S-48)', async () => {
    const bench = new SessionBench({ max: 2 });
    const stranger = await bench.begin('user-2');
    const sessions = [];
    for (let n = 0; n < 4; n++) {
      bench.clock.time += 1;
      sessions.push(await bench.begin());
    }
    expect(sessions.map(({ id }) => bench.isLive(id))).toEqual([false, false, true, true]);
    expect(bench.isLive(stranger.id)).toBe(true);
  });

  it('does not count sessions that have ended or expired (S-48)', async () => {
    const bench = new SessionBench({ max: 2, lifetimeMs: 1000 });
    const expired = await bench.begin();
    bench.clock.time += 1000;
    const kept = await bench.begin();
    bench.clock.time += 1;
    const newest = await bench.begin();
    expect([kept, newest].map(({ id }) => bench.isLive(id))).toEqual([true, true]);
    expect(await codeOf(() => bench.refresh(expired.token))).toBe(40106);
  });
});

describe('SessionsService: end', () => {
  it('returns whether the call ended the session, also when the answer was lost (S-57, S-176)', async () => {
    const bench = new SessionBench();
    const { id } = await bench.begin();
    bench.losesNextAnswer = true;
    expect(await bench.service.end({ id })).toBe(true);
    bench.clock.time += 1;
    expect(await bench.service.end({ id })).toBe(false);
    bench.losesNextAnswer = true;
    expect(await bench.service.end({ id })).toBe(false);
    expect(await bench.service.end({ id: 'no-such-session' })).toBe(false);
  });

  it('ends a session by its current token or one in the grace (S-57)', async () => {
    for (const which of [0, 1]) {
      const bench = new SessionBench();
      const { id, token } = await bench.begin();
      const tokens = [token, await bench.refresh(token)];
      expect(await bench.revoke(tokens[which] ?? '')).toBe(true);
      expect(bench.isLive(id)).toBe(false);
      expect(await bench.revoke(tokens[which] ?? '')).toBe(false);
    }
  });

  it('refuses an older token at revocation too, and ends its session (S-51, S-57)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    await bench.refresh(await bench.refresh(token));
    expect(await bench.revoke(token)).toBe(false);
    expect(bench.isLive(id)).toBe(false);
    expect(bench.eventNames).toEqual(['session.reuse_detected']);
  });
});
