import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy as JwtStrategy } from 'passport-jwt';
import { unauthorized } from '../../access/challenge.js';
import { NO_REGISTRY, Strategies, type PresentedRequest } from '../../access/strategies.js';
import type { Verification } from '../../access/verification.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { AccessTokenVerifier } from '../access-tokens/verifier.js';
import { ApiKeyVerifier } from '../api-key-verifier.js';
import { apiKeyParts, bearerToken } from '../credentials.js';

/** Passport strategy `bearer`: verifies an access token, or an API key as one string. */
@Injectable()
export class BearerStrategy extends PassportStrategy(JwtStrategy) {
  constructor(
    private readonly accessTokens: AccessTokenVerifier,
    private readonly apiKeys: ApiKeyVerifier,
    strategies: Strategies,
  ) {
    // passport-jwt gets neither token nor key: the verifier checks tokens, also those that come without a request.
    super({
      jwtFromRequest: () => null,
      secretOrKeyProvider: (_request, _token, done) => done(null),
    });
    strategies.register('bearer', this);
  }

  getPassportInstance(): typeof NO_REGISTRY {
    return NO_REGISTRY;
  }

  override authenticate(request: object): void {
    this.validate(request as PresentedRequest).then(
      (verification) => this.success(verification),
      (error: unknown) => this.error(error as Error),
    );
  }

  async validate(request: PresentedRequest): Promise<Verification> {
    const token = bearerToken(request.authorization);
    const isTokenRefused = true;
    if (token === undefined) throw unauthorized(ERROR.ACCESS_TOKEN_INVALID, { isTokenRefused });
    const apiKey = apiKeyParts(token);
    return apiKey
      ? this.apiKeys.verify(apiKey, request, { isTokenRefused })
      : this.accessTokens.verify(token, request);
  }
}
