import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport';
import { NO_REGISTRY, Strategies, type PresentedRequest } from '../../access/strategies.js';
import { SessionReader, type PresentedSession } from '../session-reader.js';

/**
 * Passport strategy `refresh`: finds the session that a refresh token names. The operation that uses the token decides
 * whether it can still continue the session.
 */
@Injectable()
export class RefreshStrategy extends PassportStrategy(Strategy) {
  constructor(
    private readonly sessions: SessionReader,
    strategies: Strategies,
  ) {
    super();
    strategies.register('refresh', this);
  }

  getPassportInstance(): typeof NO_REGISTRY {
    return NO_REGISTRY;
  }

  override authenticate(request: object): void {
    this.validate(request as PresentedRequest).then(
      (session) => (session ? this.success(session) : this.fail()),
      (error: unknown) => this.error(error),
    );
  }

  async validate(request: PresentedRequest): Promise<PresentedSession | undefined> {
    const { refreshToken = '', clientAddress } = request;
    return this.sessions.findByRefreshToken(refreshToken, clientAddress);
  }
}
