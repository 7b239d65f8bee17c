import { describe, expect, it } from '@jest/globals';
import {
  goodClaims,
  goodHeader,
  hmacToken,
  liveSession,
  NOW,
  TokenBench,
} from '../../../test/support/access-tokens.js';
import { hasAccessTokenForm } from './claims.js';

const SECONDS = NOW / 1000;
const names = Object.keys(goodClaims());

/** Values of other JSON types, and values that equal a valid one only in a loose comparison. */
function mistyped(name: string): unknown[] {
  const good = goodClaims()[name];
  const values: unknown[] = [null, {}, [good], String(good) === good ? 1 : String(good)];
  if (typeof good === 'string' && name !== 'name') values.push('');
  if (typeof good === 'number') values.push(good + 0.5, Number.MAX_SAFE_INTEGER + 1, true);
  if (typeof good !== 'boolean') values.push(true, false);
  else values.push(1, 0);
  if (Array.isArray(good))
    values.push([1], [null], [['owner']], [{ name: 'owner' }], { 0: 'owner', length: 1 });
  return values.filter(
    (value) => !(name === 'scope' && Array.isArray(value) && value[0] === 'owner'),
  );
}

describe('bearer strategy: claims', () => {
  it('has the claims of the contract and no more (S-74)', () => {
    const bench = new TokenBench();
    const subject = goodClaims() as unknown as Parameters<typeof bench.tokens.issue>[0];
    const { token } = bench.tokens.issue(subject, NOW + 86_400_000);
    const payload = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    ) as object;
    expect(Object.keys(payload).toSorted()).toEqual(names.toSorted());
  });

  it.each(names)('refuses a token without %s (S-69)', async (name) => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({ [name]: undefined }))).toBe(40103);
    expect(hasAccessTokenForm({ ...goodClaims(), [name]: undefined })).toBe(false);
    expect(bench.lookUps).toEqual([]);
  });

  it.each(names)('refuses %s of any other type (S-69)', async (name) => {
    const bench = new TokenBench();
    for (const value of mistyped(name)) {
      expect([value, await bench.judge(bench.forge({ [name]: value }))]).toEqual([value, 40103]);
    }
    expect(bench.lookUps).toEqual([]);
  });

  it('accepts a token with the claims of the first release alone, as they are alive at a deploy', async () => {
    const bench = new TokenBench();
    // Written out: goodClaims() grows with every claim that is added.
    const claims = {
      account_id: 'account-1',
      id: 'user-1',
      is_account_verified: true,
      name: 'Ada Lovelace',
      scope: ['owner'],
      sid: 'session-1',
      sub: 'ada@example.com',
      subject: 'ada@example.com',
      type: 'user',
      aud: 'gatehouse',
      exp: SECONDS + 900,
      iat: SECONDS,
      iss: 'gatehouse',
      jti: 'token-1',
    };
    const token = hmacToken(goodHeader(bench.key), claims);
    expect(await bench.judge(token)).toMatchObject({ id: 'user-1' });
  });

  it('accepts a token without access_generation, as earlier releases issued it', async () => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({ access_generation: undefined }))).toMatchObject({
      id: 'user-1',
    });
    expect(await bench.judge(bench.forge({ access_generation: 0 }))).toMatchObject({ claims: {} });
  });

  it.each(['0', -1, 0.5, null, true, [0], {}, Number.MAX_SAFE_INTEGER + 1])(
    'refuses the access_generation %j (S-69)',
    async (value) => {
      const bench = new TokenBench();
      expect(await bench.judge(bench.forge({ access_generation: value }))).toBe(40103);
    },
  );

  it.each([
    ['iss', 'https://attacker.example.com'],
    ['iss', 'gatehouse '],
    ['iss', 'Gatehouse'],
    ['aud', 'other'],
    ['aud', 'gatehouse2'],
    ['type', 'admin'],
    ['type', 'USER'],
    ['type', 'api_key'],
    ['id', 'user-2'],
    ['account_id', 'account-2'],
  ])('refuses %s with the value %s (S-69)', async (name, value) => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({ [name]: value }))).toBe(40103);
  });

  it.each(['null', 'true', '0', '""', '"owner"', '[]', '[{}]', '', '{', 'x', '\0'])(
    'refuses the payload %j, signed with the right key (S-69)',
    async (payload) => {
      const bench = new TokenBench();
      expect(await bench.judge(hmacToken(goodHeader(bench.key), payload))).toBe(40103);
    },
  );

  it('refuses a payload that is not UTF-8 (S-69)', async () => {
    const bench = new TokenBench();
    const text = JSON.stringify({ ...goodClaims(), name: 'Ada\u00e9' });
    expect(await bench.judge(hmacToken(goodHeader(bench.key), Buffer.from(text, 'latin1')))).toBe(
      40103,
    );
  });
});

describe('bearer strategy: time', () => {
  it.each([
    [SECONDS + 900, 0],
    [SECONDS + 1, 0],
    [SECONDS, 40104],
    [SECONDS - 1, 40104],
    [SECONDS - 30, 40104],
    [0, 40104],
    [-1, 40104],
  ])('applies exp %d exactly: code %d (S-71)', async (exp, code) => {
    const bench = new TokenBench();
    const verdict = await bench.judge(bench.forge({ exp, iat: SECONDS - 1000 }));
    expect(typeof verdict === 'number' ? verdict : 0).toBe(code);
  });

  it('follows the injected clock to the millisecond, not that of the machine (S-71, S-187)', async () => {
    const bench = new TokenBench();
    const token = bench.forge();
    bench.clock.time = NOW + 900_000 - 1;
    expect(await bench.judge(token)).toMatchObject({ id: 'user-1' });
    bench.clock.time = NOW + 900_000;
    expect(await bench.judge(token)).toBe(40104);
  });

  it.each([
    [{ iat: SECONDS + 30 }, 0],
    [{ iat: SECONDS + 31 }, 40103],
    [{ iat: SECONDS + 86_400, exp: SECONDS + 90_000 }, 40103],
    [{ nbf: SECONDS + 30 }, 0],
    [{ nbf: SECONDS + 31 }, 40103],
    [{ nbf: 'soon' }, 40103],
    [{ nbf: null }, 40103],
  ])('tolerates 30 s of clock difference in %j: code %d (S-71)', async (claims, code) => {
    const bench = new TokenBench();
    const verdict = await bench.judge(bench.forge(claims));
    expect(typeof verdict === 'number' ? verdict : 0).toBe(code);
  });

  it('never issues a token that outlives its session or the set lifetime (S-64)', () => {
    const bench = new TokenBench();
    const subject = goodClaims() as unknown as Parameters<typeof bench.tokens.issue>[0];
    expect(bench.tokens.issue(subject, NOW + 86_400_000)).toMatchObject({
      expiresAt: NOW + 900_000,
      expiresIn: 900,
    });
    expect(bench.tokens.issue(subject, NOW + 60_999)).toMatchObject({
      expiresAt: NOW + 60_000,
      expiresIn: 60,
    });
    expect(bench.tokens.issue(subject, NOW - 1)).toMatchObject({ expiresIn: 0 });
  });

  it('issues tokens whose exp, expires_at and expires_in are one instant, in whole seconds (S-71)', () => {
    const bench = new TokenBench();
    const subject = goodClaims() as unknown as Parameters<typeof bench.tokens.issue>[0];
    for (const milliseconds of [0, 1, 500, 999]) {
      bench.clock.time = NOW + milliseconds;
      for (const notAfter of [NOW + 86_400_000, NOW + 10_000, NOW + 10_999]) {
        const { token, expiresAt, expiresIn } = bench.tokens.issue(subject, notAfter);
        const { exp, iat } = JSON.parse(
          Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
        ) as Record<'exp' | 'iat', number>;
        expect([exp * 1000, exp - iat]).toEqual([expiresAt, expiresIn]);
        expect(exp * 1000).toBeLessThanOrEqual(notAfter);
        expect(exp - iat).toBeLessThanOrEqual(900);
      }
    }
  });
});

describe('bearer strategy: the scopes of a token', () => {
  it.each([
    [['owner'], true],
    [['users:write'], true],
    [[], false],
    [['users'], false],
    [['users:'], false],
    [['users:*'], false],
    [['*'], false],
    [['Owner'], false],
    [['owner '], false],
    [['owner admin'], false],
    [['__proto__'], false],
    [['constructor'], false],
    [['no_such_role'], false],
  ])('tells whether scope %j includes users:write: %s (S-72)', async (scope, isHeld) => {
    const bench = new TokenBench();
    const principal = await bench.judge(bench.forge({ scope }));
    expect(typeof principal === 'object' && principal.scopes.has('users:write')).toBe(isHeld);
  });

  it('never grants more than the role holds now (S-53, S-72)', async () => {
    const bench = new TokenBench();
    bench.session = {
      ...liveSession(),
      identity: { ...liveSession().identity, role: 'send_only' },
    };
    const principal = await bench.judge(bench.forge({ scope: ['owner', 'admin', 'send'] }));
    expect(typeof principal === 'object' && [...principal.scopes]).toEqual(['send']);
    bench.session = {
      ...liveSession(),
      identity: { ...liveSession().identity, role: 'no_such_role' },
    };
    const nobody = await bench.judge(bench.forge({ scope: ['owner', 'no_such_role'] }));
    expect(typeof nobody === 'object' && nobody.scopes.size).toBe(0);
  });

  it('ignores sub and subject: an address decides nothing (S-73)', async () => {
    const bench = new TokenBench();
    const other = { sub: 'mallory@example.com', subject: 'eve@example.com' };
    const [plain, changed] = [
      await bench.judge(bench.forge()),
      await bench.judge(bench.forge(other)),
    ];
    expect(changed).toEqual(plain);
    expect(JSON.stringify(changed)).not.toContain('@');
  });

  it('refuses a token whose session belongs to another user or account (S-73)', async () => {
    const bench = new TokenBench();
    bench.session = { ...liveSession(), identity: { ...liveSession().identity, id: 'user-2' } };
    expect(await bench.judge(bench.forge())).toBe(40103);
    bench.session = {
      ...liveSession(),
      identity: { ...liveSession().identity, accountId: 'account-2' },
    };
    expect(await bench.judge(bench.forge())).toBe(40103);
  });
});
