import { describe, expect, it } from '@jest/globals';
import { CLIENT, SessionBench } from '../../test/support/unit-sessions.js';
import { codeOf } from '../../test/support/unit.js';

describe('SessionRefresher: rotation', () => {
  it.each([
    ['auto', 'user-1', true],
    ['auto', null, false],
    ['on', 'user-1', true],
    ['on', null, true],
    ['off', 'user-1', false],
    ['off', null, false],
  ] as const)(
    'follows the setting: %s, session of %s: rotates %s',
    async (rotation, userId, rotates) => {
      const bench = new SessionBench({ rotation });
      const { id, token } = await bench.begin();
      bench.table.change(id, { userId });
      const next = await bench.refresh(token);
      expect(next === token).toBe(!rotates);
      expect((await bench.find(id)).generation).toBe(rotates ? 1 : 0);
      expect(bench.eventNames).toEqual([]);
      expect(await bench.refresh(next)).toHaveLength(128);
    },
  );

  it('gives n parallel uses one and the same successor (S-50)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    const answers = await Promise.all(Array.from({ length: 20 }, () => bench.refresh(token)));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toBe(token);
    expect((await bench.find(id)).generation).toBe(1);
    expect(bench.isLive(id)).toBe(true);
  });

  it('gives a concurrent second use the successor of the first (S-50)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    let first: Promise<string> | undefined;
    bench.table.beforeStep = () => {
      bench.table.beforeStep = undefined;
      first = bench.refresh(token);
    };
    const second = await bench.refresh(token);
    expect(second).toBe(await first);
    expect((await bench.find(id)).generation).toBe(1);
  });

  it('refuses a use when a revocation commits first (S-50, S-58)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    bench.table.beforeStep = () => void bench.service.end({ id });
    expect(await codeOf(() => bench.refresh(token))).toBe(40106);
    expect((await bench.find(id)).generation).toBe(0);
  });

  it('refuses a use during which the session was deleted (S-50, S-53)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    bench.table.beforeStep = () => void bench.table.rows.delete(id);
    expect(await codeOf(() => bench.refresh(token))).toBe(40106);
  });

  it('refuses a use and ends the session when two other uses commit first (S-50, S-51)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    bench.table.beforeStep = () =>
      bench.table.change(id, { generation: 2, rotatedAt: bench.clock.time });
    expect(await codeOf(() => bench.refresh(token))).toBe(40106);
    expect(bench.isLive(id)).toBe(false);
  });

  it('finds its own successor after a lost answer of the database (S-176)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    bench.losesNextAnswer = true;
    const next = await bench.refresh(token);
    expect((await bench.find(id)).generation).toBe(1);
    expect(await bench.refresh(next)).toHaveLength(128);
  });
});

describe('SessionRefresher: reuse', () => {
  it('ends the session for the first token after two rotations, and publishes it (S-51, S-52)', async () => {
    const bench = new SessionBench();
    const { id, token: first } = await bench.begin();
    const second = await bench.refresh(first);
    const third = await bench.refresh(second);
    expect(await codeOf(() => bench.refresh(first))).toBe(40106);
    expect(bench.isLive(id)).toBe(false);
    for (const token of [first, second, third]) {
      expect(await codeOf(() => bench.refresh(token))).toBe(40106);
    }
    expect(bench.events).toEqual([
      {
        name: 'session.reuse_detected',
        accountId: 'account-1',
        actorId: 'user-1',
        actorType: 'user',
        userId: 'user-1',
        sessionId: id,
        clientAddress: CLIENT.address,
        requestId: CLIENT.requestId,
        reason: 'a refresh token that was replaced',
      },
    ]);
  });

  it.each([
    [0, 30_000, true],
    [29_999, 30_000, true],
    [30_000, 30_000, false],
    [30_001, 30_000, false],
    [0, 1, true],
    [1, 1, false],
    [0, 0, false],
    [1, 0, false],
  ])(
    '%d ms after the rotation with a grace of %d ms gives the same successor: %s (S-52)',
    async (age, reuseGraceMs, isGiven) => {
      const bench = new SessionBench({ reuseGraceMs });
      const { id, token } = await bench.begin();
      const next = await bench.refresh(token);
      bench.clock.time += age;
      if (isGiven) {
        expect(await bench.refresh(token)).toBe(next);
        expect(bench.events).toMatchObject([
          { name: 'session.refresh_replayed', sessionId: id, clientAddress: CLIENT.address },
        ]);
      } else {
        expect(await codeOf(() => bench.refresh(token))).toBe(40106);
        expect(bench.eventNames).toEqual(['session.reuse_detected']);
      }
      expect(bench.isLive(id)).toBe(isGiven);
    },
  );

  it('does not restart the grace at a replay (S-52)', async () => {
    const bench = new SessionBench();
    const { token } = await bench.begin();
    await bench.refresh(token);
    bench.clock.time += 29_000;
    await bench.refresh(token);
    bench.clock.time += 1000;
    expect(await codeOf(() => bench.refresh(token))).toBe(40106);
  });

  it('neither prolongs nor opens a grace when the clock is set back (S-52, S-187)', async () => {
    for (const reuseGraceMs of [30_000, 0]) {
      const bench = new SessionBench({ reuseGraceMs });
      const { id, token } = await bench.begin();
      await bench.refresh(token);
      bench.clock.time -= 300_000;
      expect(await codeOf(() => bench.refresh(token))).toBe(40106);
      expect(bench.isLive(id)).toBe(false);
    }
  });

  it('tolerates an instance whose clock is behind by less than the grace (S-188)', async () => {
    const bench = new SessionBench();
    const { token } = await bench.begin();
    const next = await bench.refresh(token);
    bench.clock.time -= 5000;
    expect(await bench.refresh(token)).toBe(next);
  });

  it('refuses a token ahead of its row but keeps the session: a restored backup is no theft', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    const next = await bench.refresh(token);
    bench.table.change(id, { generation: 0, rotatedAt: null });
    expect(await codeOf(() => bench.refresh(next))).toBe(40106);
    expect(bench.isLive(id)).toBe(true);
    expect(bench.eventNames).toEqual(['refresh_token.refused']);
  });

  it('does not take a forged token of an older generation for an authentic one (S-51)', async () => {
    const bench = new SessionBench();
    const { id, token } = await bench.begin();
    await bench.refresh(await bench.refresh(token));
    const forged = bench.presented(token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A'));
    const session = await bench.find(id);
    expect(bench.service.isAuthentic(bench.presented(token), session)).toBe(true);
    expect(bench.service.isAuthentic(forged, session)).toBe(false);
  });
});
