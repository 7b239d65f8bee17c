// Runs refreshes of one session by a script, and returns the outcome of each.
import { claimsOf } from './claims.js';
import { request, type RequestOptions } from './http.js';
import { signIn, type TestUser, type Tokens } from './factories.js';
import type { TestService } from './service.js';
import { inParallel } from './sessions.js';

/** The kind of principal whose sessions are refreshed: a user, or an API key of the account. */
export type Holder = 'user' | 'key';

/** The outcome of a refresh: the same refresh token, another one, or the code of its refusal. */
export type Outcome = 'same' | 'new' | number;

/** Credentials of a user, or a key and its secret: both sign in alike. */
type Credentials = Pick<TestUser, 'email' | 'password'>;

/** One session, and every pair of tokens that its refreshes returned. */
export class PairSession {
  readonly pairs: Tokens[] = [];

  private constructor(
    private readonly service: TestService,
    private readonly credentials: Credentials,
    first: Tokens,
  ) {
    this.pairs.push(first);
  }

  static async begin(service: TestService, credentials: Credentials): Promise<PairSession> {
    return new PairSession(service, credentials, await signIn(service, credentials));
  }

  get id(): string {
    return String(claimsOf(this.pair(0).access_token)['sid']);
  }

  pair(index: number): Tokens {
    const pair = this.pairs[index];
    if (!pair) throw new Error(`the session has no pair ${index} yet`);
    return pair;
  }

  /**
   * Runs one step: `R0 A1` refreshes with the refresh token of the first pair and the access token of the
   * second; `R0` with the refresh token only; `R0 key` with the session's own key; `later` lets the reuse grace
   * expire; `!` after a step requests a scope that is not granted.
   *
   * @param bearers the bearer tokens of names other than `A<n>`
   * @param times how many concurrent requests; all must get the same answer
   * @returns `undefined` for `later`
   */
  async play(
    step: string,
    times = 1,
    bearers: Readonly<Record<string, string>> = {},
  ): Promise<Outcome | undefined> {
    if (step === 'later') {
      await this.letGracePass();
      return undefined;
    }
    const [refreshName = '', along, mark] = step.split(' ');
    const presented = this.pair(Number(refreshName.slice(1))).refresh_token;
    const json = { refresh_token: presented, ...(mark === '!' ? { scope: 'no_such_scope' } : {}) };
    const options = { ...this.along(along, bearers), json };
    const answers = await inParallel(times, () =>
      request(this.service, 'POST', '/oauth/token?grant_type=refresh_token', options),
    );
    const outcomes = answers.map(({ status, body }): Outcome => {
      if (status !== 200) return body.code as number;
      return body.refresh_token === presented ? 'same' : 'new';
    });
    const successes = answers.filter(({ status }) => status === 200);
    const pairs = new Set(successes.map(({ body }) => pairName(body as Tokens)));
    if (new Set(outcomes).size > 1 || pairs.size > 1) {
      throw new Error(
        `"${step}" was answered in several ways: ${outcomes.join()}, ${[...pairs].join()}`,
      );
    }
    const [success] = successes;
    if (success) this.pairs.push(success.body as Tokens);
    return outcomes[0];
  }

  async isLive(): Promise<boolean> {
    const rows = await this.service.database.query(
      'SELECT revoked_at FROM refresh_tokens WHERE id = ?',
      [this.id],
    );
    return rows[0]?.revoked_at === null;
  }

  /** Names of the session's events in the audit log, each once, in order, without routine refreshes. */
  events(): string[] {
    const pattern = new RegExp(`(session\\.\\w+) [^\\n]*sessionId="${this.id}"`, 'g');
    const found = [...this.service.output().matchAll(pattern)].map(([, name]) => String(name));
    return [...new Set(found)].filter((name) => name !== 'session.refreshed');
  }

  /** Moves the session's last step back by a minute, so that no test waits. */
  private async letGracePass(): Promise<void> {
    await this.service.database.query(
      'UPDATE refresh_tokens SET rotated_at = rotated_at - 60000, stepped_at = stepped_at - 60000 WHERE id = ?',
      [this.id],
    );
  }

  private along(
    along: string | undefined,
    bearers: Readonly<Record<string, string>>,
  ): RequestOptions {
    if (along === undefined || along === '-') return {};
    if (along === 'key') return { basic: [this.credentials.email, this.credentials.password] };
    if (along === 'empty') return { headers: { authorization: 'Bearer ' } };
    const index = /^A(\d+)$/.exec(along)?.[1];
    const bearer = index === undefined ? bearers[along] : this.pair(Number(index)).access_token;
    if (bearer === undefined) throw new Error(`${along} stands for no bearer`);
    return { bearer };
  }
}

/** A name by which two answers are the same pair if both of their tokens have the same generation. */
function pairName({ refresh_token, access_token }: Tokens): string {
  return `${refresh_token.slice(0, 27)}/${String(claimsOf(access_token)['access_generation'])}`;
}
