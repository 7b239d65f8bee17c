import { Injectable } from '@nestjs/common';
import passport, { type Strategy } from 'passport';

/** What a strategy is shown of a request, whatever it came over. */
export interface PresentedRequest {
  readonly headers: { readonly authorization?: string | undefined };
  /** Where it came from: the right-most hop that is not a trusted proxy. */
  readonly clientAddress: string;
  /** Whether an access token will do that has expired and is good otherwise: where one signs out. */
  readonly acceptsExpired?: boolean;
}

type Outcome = (error: Error | null | undefined, subject?: unknown) => void;

/**
 * The passport strategies of one Gatehouse. Passport's own registry is one for the whole process, where a
 * host's `bearer` and ours, or those of two applications in one test run, would replace each other (S-190).
 */
@Injectable()
export class Strategies {
  private readonly passport = new passport.Passport();

  register(name: string, strategy: object): void {
    this.passport.use(name, strategy as Strategy);
  }

  /**
   * Has one strategy look at a request. It sees a copy, so that passport leaves nothing on the host's own.
   *
   * @returns `undefined` when the strategy knows nobody by these credentials
   * @throws whatever the strategy ended with
   */
  run<T>(name: string, request: PresentedRequest, options: object = {}): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const done: Outcome = (error, subject) =>
        error ? reject(error) : resolve((subject || undefined) as T | undefined);
      const middleware = this.passport.authenticate(name, { session: false, ...options }, done) as (
        request: object,
        response: object,
        next: Outcome,
      ) => void;
      middleware({ ...request }, {}, (error) => done(error));
    });
  }
}

/** Takes the place of passport's registry where a strategy is made. */
export const NO_REGISTRY = { use: (): void => undefined };
