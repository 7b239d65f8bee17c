import { Injectable } from '@nestjs/common';
import passport, { type Strategy } from 'passport';
import type { Origin } from '../common/transport/request-facts.js';

/** The credentials of a request, which strategies read, the same for every transport. */
export interface PresentedRequest extends Origin {
  /** The header `Authorization`, for strategies that read it. */
  readonly authorization?: string | undefined;
  /** The refresh token, for the strategy that reads it. */
  readonly refreshToken?: string;
  /** Whether to accept an access token that is valid except for its expiry, as at sign-out. */
  readonly acceptsExpired?: boolean;
}

type Outcome = (error: Error | null | undefined, subject?: unknown) => void;

/**
 * The passport strategies of one Gatehouse. Passport's own registry serves the whole process: there, a host's `bearer`
 * and ours, or those of two applications in one test run, would replace each other (S-190).
 */
@Injectable()
export class Strategies {
  private readonly passport = new passport.Passport();

  register(name: string, strategy: object): void {
    this.passport.use(name, strategy as Strategy);
  }

  /**
   * Runs one strategy on a copy of the request, so that passport sets nothing on the host's own.
   *
   * @returns `undefined` when the strategy refuses the credential
   * @throws the error of the strategy
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

/** Replaces passport's registry when a strategy is created. */
export const NO_REGISTRY = { use: (): void => undefined };
