import { Injectable } from '@nestjs/common';
import passport, { type Strategy } from 'passport';

/** The part of a request that strategies are shown, whatever the request came over. */
export interface PresentedRequest {
  /** The header, where the credential is to be there. */
  readonly authorization?: string | undefined;
  /** The refresh token, where that is the credential. */
  readonly refreshToken?: string;
  /** Where the request came from: the right-most hop that is not a trusted proxy. */
  readonly clientAddress: string;
  /** Whether an access token that has expired, and is good otherwise, is let in: at sign-out. */
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
   * @returns `undefined` when the strategy finds nothing by this credential
   * @throws the error that the strategy ended with
   */
  run<T>(name: string, request: PresentedRequest): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const done: Outcome = (error, subject) =>
        error ? reject(error) : resolve((subject || undefined) as T | undefined);
      const middleware = this.passport.authenticate(name, { session: false }, done) as (
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
