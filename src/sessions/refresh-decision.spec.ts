import { describe, expect, it } from '@jest/globals';
import { decideRefresh, type RefreshCredentials } from './refresh-decision.js';

const NOW = Date.UTC(2026, 0, 1);
const GRACE_MS = 30_000;
/** Refresh and access token were last replaced within the grace, and several times before. */
const SESSION = {
  userId: 'user-1' as string | null,
  generation: 5,
  accessGeneration: 9,
  rotatedAt: NOW - GRACE_MS + 1,
  steppedAt: NOW - GRACE_MS + 1,
};
const OF_KEY = { ...SESSION, userId: null };
const LONG_AGO = { rotatedAt: NOW - GRACE_MS, steppedAt: NOW - GRACE_MS };

type Credentials = Partial<RefreshCredentials>;

function decide(
  session: Partial<typeof SESSION>,
  credentials: Credentials,
  policy: { rotation?: 'auto' | 'on' | 'off'; reuseGraceMs?: number } = {},
) {
  const pair = { generation: 5, accessGeneration: undefined, isKeyProved: false, ...credentials };
  const { rotation = 'auto', reuseGraceMs = GRACE_MS } = policy;
  const decision = decideRefresh({ ...SESSION, ...session }, pair, { rotation, reuseGraceMs }, NOW);
  if (decision.act !== 'step') return decision.act;
  const { rotates, accessGeneration, isSuspicious } = decision;
  const what = `${rotates ? 'rotate' : 'step'} to ${accessGeneration}`;
  return isSuspicious ? `${what}, suspicious` : what;
}

describe('decideRefresh under auto (contract §3, S-194)', () => {
  it.each([
    // 1. The session's own key is proved along with it.
    ['a key proved, no bearer', OF_KEY, { isKeyProved: true }, 'keep', 'keep'],
    [
      'a key proved, a stale bearer',
      OF_KEY,
      { isKeyProved: true, accessGeneration: 1 },
      'keep',
      'keep',
    ],
    // 2. The newest access token, or one ahead of a restored backup.
    ['the newest, of a user', SESSION, { accessGeneration: 9 }, 'step to 10', 'step to 10'],
    ['the newest, of a key', OF_KEY, { accessGeneration: 9 }, 'step to 10', 'step to 10'],
    ['one ahead, of a user', SESSION, { accessGeneration: 12 }, 'step to 13', 'step to 13'],
    ['one ahead, of a key', OF_KEY, { accessGeneration: 12 }, 'step to 13', 'step to 13'],
    // 3. An older one.
    [
      'the one before, of a user',
      SESSION,
      { accessGeneration: 8 },
      'replay',
      'rotate to 10, suspicious',
    ],
    ['the one before, of a key', OF_KEY, { accessGeneration: 8 }, 'replay', 'end'],
    [
      'an older one, of a user',
      SESSION,
      { accessGeneration: 7 },
      'rotate to 10, suspicious',
      'rotate to 10, suspicious',
    ],
    ['an older one, of a key', OF_KEY, { accessGeneration: 7 }, 'end', 'end'],
    ['the first one, of a key', OF_KEY, { accessGeneration: 0 }, 'end', 'end'],
    // 4. None.
    ['none, of a user', SESSION, {}, 'rotate to 10', 'rotate to 10'],
    ['none, of a key', OF_KEY, {}, 'replay', 'step to 10'],
    // 5. An older refresh token, with any other credential.
    ['R-1 alone', SESSION, { generation: 4 }, 'replay', 'end'],
    ['R-1, the newest', SESSION, { generation: 4, accessGeneration: 9 }, 'replay', 'end'],
    ['R-1, a stale bearer', SESSION, { generation: 4, accessGeneration: 2 }, 'replay', 'end'],
    ['R-1, a key proved', OF_KEY, { generation: 4, isKeyProved: true }, 'replay', 'end'],
    ['R-2, the newest', SESSION, { generation: 3, accessGeneration: 9 }, 'end', 'end'],
    ['R-2, a key proved', OF_KEY, { generation: 3, isKeyProved: true }, 'end', 'end'],
    ['R+1, the newest', SESSION, { generation: 6, accessGeneration: 9 }, 'refuse', 'refuse'],
  ] as const)(
    'decides by the rules, in the grace and after it: %s',
    (_, session, credentials, within, after) => {
      expect(decide(session, credentials)).toBe(within);
      expect(decide({ ...session, ...LONG_AGO }, credentials)).toBe(after);
    },
  );

  it.each([
    ['the bearer before', SESSION, { accessGeneration: 8 }, 'rotate to 10, suspicious'],
    ['the bearer before', OF_KEY, { accessGeneration: 8 }, 'end'],
    ['no bearer', OF_KEY, {}, 'step to 10'],
    ['R-1', SESSION, { generation: 4 }, 'end'],
  ] as const)('repeats no answer with a grace of 0: %s (S-52)', (_, session, credentials, what) => {
    const justNow = { ...session, rotatedAt: NOW, steppedAt: NOW };
    expect(decide(justNow, credentials, { reuseGraceMs: 0 })).toBe(what);
  });

  it('measures the grace of a refresh token from its rotation, which later steps do not prolong (S-52)', () => {
    const session = { rotatedAt: NOW - GRACE_MS, steppedAt: NOW - 1 };
    expect(decide(session, { generation: 4 })).toBe('end');
    expect(decide(session, { accessGeneration: 8 })).toBe('replay');
  });

  it.each([GRACE_MS, GRACE_MS + 1, 300_000])(
    'does not reopen a grace when the clock is set back by %d ms (S-187)',
    (ms) => {
      const later = { rotatedAt: NOW + ms, steppedAt: NOW + ms };
      expect(decide(later, { generation: 4 })).toBe('end');
      expect(decide({ ...OF_KEY, ...later }, { accessGeneration: 8 })).toBe('end');
    },
  );

  it('decides about a session that has never taken a step', () => {
    const fresh = { generation: 0, accessGeneration: 0, rotatedAt: null, steppedAt: null };
    const session = fresh as unknown as typeof SESSION;
    expect(decide(session, { generation: 0, accessGeneration: 0 })).toBe('step to 1');
    expect(decide(session, { generation: 0 })).toBe('rotate to 1');
    expect(decide({ ...session, userId: null }, { generation: 0 })).toBe('step to 1');
  });
});

describe('decideRefresh under on and off (contract §3)', () => {
  it.each([SESSION, OF_KEY])('ignores bearer and key (%j)', (session) => {
    const along: Credentials[] = [
      {},
      { accessGeneration: 9 },
      { accessGeneration: 1 },
      { isKeyProved: true },
    ];
    for (const credentials of along) {
      expect(decide(session, credentials, { rotation: 'on' })).toBe('rotate to 10');
      expect(decide(session, credentials, { rotation: 'off' })).toBe('keep');
    }
  });

  it.each(['on', 'off'] as const)(
    'ends a session for a replaced refresh token, %s (S-51)',
    (rotation) => {
      expect(decide({}, { generation: 4 }, { rotation })).toBe('replay');
      expect(decide(LONG_AGO, { generation: 4 }, { rotation })).toBe('end');
      expect(decide({}, { generation: 3 }, { rotation })).toBe('end');
    },
  );
});
