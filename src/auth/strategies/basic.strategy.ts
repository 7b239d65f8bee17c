import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { StrategyCreatedStatic } from 'passport';
import { BasicStrategy as HttpBasicStrategy } from 'passport-http';
import { unauthorized } from '../../access/challenge.js';
import { NO_REGISTRY, Strategies, type PresentedRequest } from '../../access/strategies.js';
import type { Verification } from '../../access/verification.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { ApiKeyVerifier } from '../api-key-verifier.js';
import { parseBasicCredentials } from '../credentials.js';

/**
 * Passport strategy `basic`: verifies an API key. Only the token endpoint accepts passwords, by its grant (S-192).
 *
 * It uses only the name and the interface of passport-http, whose parser breaks secrets with colons.
 */
@Injectable()
export class BasicStrategy extends PassportStrategy(HttpBasicStrategy) {
  // passport adds these to each request's copy of a strategy; @types/passport-http leaves them out.
  declare readonly success: StrategyCreatedStatic['success'];
  declare readonly error: StrategyCreatedStatic['error'];

  constructor(
    private readonly apiKeys: ApiKeyVerifier,
    strategies: Strategies,
  ) {
    super();
    strategies.register('basic', this);
  }

  getPassportInstance(): typeof NO_REGISTRY {
    return NO_REGISTRY;
  }

  override authenticate(request: object): void {
    this.validate(request as PresentedRequest).then(
      (verification) => this.success(verification),
      (error: unknown) => this.error(error),
    );
  }

  async validate(request: PresentedRequest): Promise<Verification> {
    const credentials = parseBasicCredentials(request.authorization);
    if (credentials?.kind !== 'api_key') throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
    return this.apiKeys.verify(credentials, request);
  }
}
