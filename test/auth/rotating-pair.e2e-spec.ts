import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { newKey, newOwner, type Key, type Member } from '../support/members.js';
import { request } from '../support/http.js';
import { resigned } from '../support/claims.js';
import { PairSession, type Holder, type Outcome } from '../support/rotating-pair.js';
import { startService, type TestService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';

const SECRET = randomBytes(48).toString('base64url');
const ENV = {
  JWT_SECRET: SECRET,
  MAX_SESSIONS: '1000',
  API_KEY_MAX_SESSIONS: '1000',
};

/** Requests at the same time, nearly as many as the pool has connections. */
const AT_ONCE = 8;

/** The result of a story: the outcome of each step, whether the session is live, and its audit events. */
interface End {
  readonly outcomes: readonly Outcome[];
  readonly isLive: boolean;
  readonly events: readonly string[];
}

const live = (outcomes: readonly Outcome[], events: readonly string[] = []): End => ({
  outcomes,
  isLive: true,
  events,
});
const ended = (outcomes: readonly Outcome[], events: readonly string[] = []): End => ({
  outcomes,
  isLive: false,
  events: [...events, 'session.reuse_detected'],
});
const SUSPECTED = 'session.reuse_suspected';
const REPLAYED = 'session.refresh_replayed';

/**
 * Stories of one session, by {@link PairSession.play}. The pairs are numbered by the refreshes that succeeded;
 * one client holds `R0`, which a client of the SMTPD authentication API never replaces.
 */
const STORIES: readonly (readonly [string, string, { user: End; key: End }])[] = [
  [
    'the official client over three expiries (rule 2)',
    'R0 A0, later, R0 A1, later, R0 A2',
    { user: live(['same', 'same', 'same']), key: live(['same', 'same', 'same']) },
  ],
  [
    'a client without a bearer that takes what it is given (rule 4)',
    'R0, later, R1, later, R2',
    { user: live(['new', 'new', 'new']), key: live(['same', 'same', 'same']) },
  ],
  [
    'a client without a bearer that keeps its first refresh token (rules 4, 5)',
    'R0, later, R0',
    { user: ended(['new', 40106]), key: live(['same', 'same']) },
  ],
  [
    'the official client with an empty bearer after its sign-in (rule 4)',
    'R0 empty, later, R1 A1',
    { user: live(['new', 'same']), key: live(['same', 'same']) },
  ],
  [
    'a lost answer, or a second tab with a stale bearer, within the grace',
    'R0 A0, R0 A0, later, R0 A2',
    {
      user: live(['same', 'same', 'same'], [REPLAYED]),
      key: live(['same', 'same', 'same'], [REPLAYED]),
    },
  ],
  [
    'a client without a bearer whose answer was lost, within the grace',
    'R0, R0, later, R1',
    {
      user: live(['new', 'new', 'new'], [REPLAYED]),
      key: live(['same', 'same', 'same'], [REPLAYED]),
    },
  ],
  [
    'a lost answer, or a second tab with a stale bearer, after the grace (rule 3)',
    'R0 A0, later, R0 A0',
    { user: live(['same', 'new'], [SUSPECTED]), key: ended(['same', 40106]) },
  ],
  [
    'a tab that is two steps behind, within the grace (rule 3)',
    'R0 A0, R0 A1, R0 A0',
    { user: live(['same', 'same', 'new'], [SUSPECTED]), key: ended(['same', 'same', 40106]) },
  ],
  [
    'a thief with the refresh token alone, and then the official client (rules 4, 3, 5)',
    'R0, later, R0 A0',
    { user: ended(['new', 40106]), key: ended(['same', 40106]) },
  ],
  [
    'the official client, and then a thief with the refresh token alone (rules 2, 4)',
    'R0 A0, later, R0, later, R0 A1',
    { user: ended(['same', 'new', 40106]), key: ended(['same', 'same', 40106]) },
  ],
  [
    'a thief with both, and then the official client (rule 3), and the thief again (rule 5)',
    'R0 A0, later, R0 A0, later, R0 A1',
    { user: ended(['same', 'new', 40106], [SUSPECTED]), key: ended(['same', 40106, 40106]) },
  ],
  [
    'the official client, and then a thief with both (rule 3), and the client again (rule 5)',
    'R0 A0, later, R0 A1, later, R0 A0, later, R0 A2',
    {
      user: ended(['same', 'same', 'new', 40106], [SUSPECTED]),
      key: ended(['same', 'same', 40106, 40106]),
    },
  ],
  [
    'a thief with a refresh token that was replaced, with any bearer (rule 5)',
    'R0, later, R0 A1',
    { user: ended(['new', 40106]), key: live(['same', 'same']) },
  ],
  [
    'a request for a scope that is not granted in between, which moves nothing',
    'R0 A0 !, R0 A0, R0 A1 !, later, R0 A1',
    { user: live([40004, 'same', 40004, 'same']), key: live([40004, 'same', 40004, 'same']) },
  ],
  [
    'a request for a scope that is not granted by a stale bearer, after the grace (rule 3)',
    'R0 A0, later, R0 A0 !, R0 A1',
    { user: live(['same', 40004, 'same']), key: ended(['same', 40106, 40106]) },
  ],
];

describeEachOnce('rotation of the token pair (contract §3, S-51, S-52, S-194)', (target) => {
  let service: TestService;
  let owner: Member;
  let key: Key;
  beforeAll(async () => {
    service = await startService({ target, env: ENV });
    owner = await newOwner(service);
    key = await newKey(service, owner);
  });

  /** Begins a session; each story has its own. */
  function begin(holder: Holder, at = service): Promise<PairSession> {
    const ofKey = { email: key.key, password: key.secret };
    return PairSession.begin(at, holder === 'user' ? owner : ofKey);
  }

  async function playStory(session: PairSession, story: string, times: number): Promise<End> {
    const outcomes: Outcome[] = [];
    for (const step of story.split(', ')) {
      const outcome = await session.play(step, times);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return { outcomes, isLive: await session.isLive(), events: session.events() };
  }

  describe.each(['user', 'key'] as const)('session of a %s', (holder: Holder) => {
    it.each(STORIES)('keeps or ends the session: %s', async (_, story, ends) => {
      const session = await begin(holder);
      expect(await playStory(session, story, 1)).toEqual(ends[holder]);
      await expectVerdict(session, ends[holder].isLive);
    });

    it.each(STORIES)(
      `answers ${AT_ONCE} concurrent requests like one: %s`,
      async (_, story, ends) => {
        const session = await begin(holder);
        const { outcomes, isLive } = await playStory(session, story, AT_ONCE);
        expect({ outcomes, isLive }).toEqual({
          outcomes: ends[holder].outcomes,
          isLive: ends[holder].isLive,
        });
      },
    );

    // None of these is a valid bearer of the session, so each counts as absent (rule 4).
    it.each([
      ["another session's", 'other'],
      ['from before the upgrade', 'before'],
      ['of a removed key', 'removed'],
      ['of another algorithm', 'algorithm'],
      ['of no algorithm', 'unsigned'],
      ['with a generation that is no number', 'text'],
      ['with a generation below zero', 'negative'],
      ["another user's, of this session", 'stranger'],
      ['an API key', 'apiKey'],
      ['no token at all', 'garbage'],
    ])('treats a bearer that is %s as absent (rule 4)', async (_, name) => {
      const session = await begin(holder);
      const bearers = await foreignBearers(session, holder);
      const outcome = await session.play(`R0 ${name}`, 1, bearers);
      expect(outcome).toBe(holder === 'user' ? 'new' : 'same');
      // The step made the previous bearer stale.
      await session.play('later');
      const stale = await session.play('R1 A0', 1);
      expect(stale).toBe(holder === 'user' ? 'new' : 40106);
    });

    it('treats a narrowed access token as one of its generation', async () => {
      const session = await begin(holder);
      const { access_token: bearer, refresh_token } = session.pair(0);
      const json = { refresh_token, scope: 'users:read' };
      const path = '/oauth/token?grant_type=refresh_token';
      const narrowed = await request(service, 'POST', path, { bearer, json });
      expect([narrowed.status, narrowed.body.Scope]).toEqual([200, ['users:read']]);
      await session.play('later');
      const narrow = { narrow: narrowed.body.access_token as string };
      expect(await session.play('R0 narrow', 1, narrow)).toBe('same');
      // The repeated answer of the grace has the scope of this request.
      const again = await request(service, 'POST', path, { bearer: narrow.narrow, json });
      expect([again.status, again.body.Scope]).toEqual([200, ['users:read']]);
    });

    it('accepts an access token that is ahead of a restored backup (rule 2)', async () => {
      const session = await begin(holder);
      for (const step of ['R0 A0', 'R0 A1', 'R0 A2', 'later']) await session.play(step);
      await service.database.query(
        'UPDATE refresh_tokens SET access_generation = 0, stepped_at = NULL WHERE id = ?',
        [session.id],
      );
      expect(await session.play('R0 A3')).toBe('same');
      await session.play('later');
      expect(await session.play('R0 A4')).toBe('same');
      await session.play('later');
      expect(await session.play('R0 A3')).toBe(holder === 'user' ? 'new' : 40106);
    });
  });

  it('keeps the refresh token when the request authenticates the own key, and ignores the bearer (rule 1)', async () => {
    const session = await begin('key');
    const story = 'R0 A0, later, R0 key, R0 key, later, R0 key, later, R0 A1';
    expect(await playStory(session, story, 1)).toEqual(
      live(['same', 'same', 'same', 'same', 'same']),
    );
  });

  it("refuses another key beside a session's token, and ends nothing (S-194)", async () => {
    const session = await begin('key');
    const other = await newKey(service, owner);
    const answer = await request(service, 'POST', '/oauth/token?grant_type=refresh_token', {
      basic: [other.key, other.secret],
      json: { refresh_token: session.pair(0).refresh_token },
    });
    expect([answer.status, answer.body.code]).toEqual([403, 40106]);
    expect(await session.isLive()).toBe(true);
  });

  // Needs a service of its own, so once, where requests race in the database.
  if (target.database === 'postgres') describeWithoutGrace();

  function describeWithoutGrace(): void {
    describe('with REFRESH_REUSE_GRACE=0', () => {
      let strict: TestService;
      beforeAll(async () => {
        const env = { ...ENV, REFRESH_REUSE_GRACE: '0' };
        strict = await startService({ target, database: service.database, env });
      });

      it.each([
        ['user', 'R0, R0', ended(['new', 40106])],
        ['user', 'R0 A0, R0 A0, R0 A1', ended(['same', 'new', 40106], [SUSPECTED])],
        ['key', 'R0 A0, R0 A0', ended(['same', 40106])],
        ['key', 'R0, R0', live(['same', 'same'])],
      ] as const)(
        'treats the second of two as reuse: %s, %s (S-52)',
        async (holder, story, end) => {
          const session = await begin(holder, strict);
          expect(await playStory(session, story, 1)).toEqual(end);
        },
      );

      it.each(['user', 'key'] as const)(
        'accepts one of 20 concurrent refreshes and ends the session of a %s for the others (S-50, S-52)',
        async (holder) => {
          const session = await begin(holder, strict);
          const { refresh_token, access_token: bearer } = session.pair(0);
          const answers = await Promise.all(
            Array.from({ length: 20 }, () =>
              request(strict, 'POST', '/oauth/token?grant_type=refresh_token', {
                bearer,
                json: { refresh_token },
              }),
            ),
          );
          const kept = answers.filter(({ body }) => body.refresh_token === refresh_token);
          expect(kept).toHaveLength(1);
          expect(await session.isLive()).toBe(false);
          expect(session.events()).toContain('session.reuse_detected');
        },
      );
    });
  }

  /** Bearers that are not valid for the session, some of them with a valid signature. */
  async function foreignBearers(
    session: PairSession,
    holder: Holder,
  ): Promise<Record<string, string>> {
    const token = session.pair(0).access_token;
    const other = await begin(holder);
    const claims = (changes: Record<string, unknown>) =>
      resigned(token, SECRET, { claims: changes });
    const [, payload = ''] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    return {
      other: other.pair(0).access_token,
      before: claims({ access_generation: undefined }),
      removed: resigned(token, 'a former secret', { header: { kid: '0123456789abcdef' } }),
      algorithm: resigned(token, SECRET, { header: { alg: 'HS512' }, hash: 'sha512' }),
      unsigned: `${none}.${payload}.`,
      text: claims({ access_generation: '0' }),
      negative: claims({ access_generation: -1 }),
      stranger: claims({ id: '00000000-0000-4000-8000-000000000000' }),
      apiKey: key.apiKey,
      garbage: 'garbage',
    };
  }

  /** Checks that the access token of the newest pair agrees with the row. */
  async function expectVerdict(session: PairSession, isLive: boolean): Promise<void> {
    const bearer = session.pair(session.pairs.length - 1).access_token;
    const me = await request(service, 'GET', '/oauth/me', { bearer });
    expect([me.status, me.body.code]).toEqual(isLive ? [200, undefined] : [401, 40103]);
  }
});
