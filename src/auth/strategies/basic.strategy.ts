import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { StrategyCreatedStatic } from 'passport';
import { BasicStrategy as HttpBasicStrategy } from 'passport-http';
import { unauthorized } from '../../access/challenge.js';
import { NO_REGISTRY, Strategies, type PresentedRequest } from '../../access/strategies.js';
import type { Verification } from '../../access/verification.js';
import { ApiKeyAuthenticator, type ProvenApiKey } from '../../api-keys/api-key-authenticator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { EventBus } from '../../events/event-bus.js';
import { ApiKeyPrincipals } from '../api-key-principals.js';
import type { GrantSubject } from '../authenticated-grant.js';
import { parseBasicCredentials, type BasicCredentials } from '../basic-credentials.js';
import { grantCredentials } from '../grant-credentials.js';
import { PasswordAuthenticator } from '../password-authenticator.js';
import type { TokenRequest } from '../token-request.js';

/** What the guards hand to the strategy. */
export interface BasicStrategyOptions {
  /** Given at the token endpoint only: the one place where a password is taken (S-192). */
  readonly tokenRequest?: TokenRequest;
}

/**
 * Passport strategy `basic`: a password or an API key at the token endpoint, an API key elsewhere.
 *
 * Only passport-http's name and contract are used: its parser breaks passwords with colons.
 */
@Injectable()
export class BasicStrategy extends PassportStrategy(HttpBasicStrategy) {
  // passport adds these to each request's copy of a strategy; @types/passport-http leaves them out.
  declare readonly success: StrategyCreatedStatic['success'];
  declare readonly error: StrategyCreatedStatic['error'];

  constructor(
    private readonly passwords: PasswordAuthenticator,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly principals: ApiKeyPrincipals,
    private readonly events: EventBus,
    strategies: Strategies,
  ) {
    super();
    strategies.register('basic', this);
  }

  getPassportInstance(): typeof NO_REGISTRY {
    return NO_REGISTRY;
  }

  override authenticate(request: object, options: BasicStrategyOptions = {}): void {
    this.validate(request as PresentedRequest, options).then(
      (subject) => this.success(subject),
      (error: unknown) => this.error(error as Error),
    );
  }

  async validate(
    request: PresentedRequest,
    options: BasicStrategyOptions,
  ): Promise<GrantSubject | Verification> {
    const { headers, clientAddress: address } = request;
    const { authorization } = headers;
    if (options.tokenRequest) {
      const credentials = grantCredentials(options.tokenRequest, authorization);
      return this.authenticateGrant(credentials, options.tokenRequest, address);
    }
    const credentials = authorization ? parseBasicCredentials(authorization) : undefined;
    if (credentials?.kind !== 'api_key') throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
    return this.principals.authenticate(credentials.key, credentials.secret, address);
  }

  private async authenticateGrant(
    credentials: BasicCredentials,
    { grantType }: TokenRequest,
    address: string,
  ): Promise<GrantSubject> {
    if (credentials.kind === 'api_key') {
      return { kind: 'api_key', apiKey: await this.apiKeyOf(credentials, address) };
    }
    const takesPassword = grantType === 'password' && credentials.kind === 'password';
    if (!takesPassword) throw new CodedException(ERROR.CREDENTIALS_INCORRECT);
    const { username, password } = credentials;
    const proven = await this.passwords.authenticate(username, password, address);
    return { kind: 'user', ...proven };
  }

  private async apiKeyOf(
    { key, secret }: BasicCredentials & { kind: 'api_key' },
    address: string,
  ): Promise<ProvenApiKey> {
    const apiKey = await this.apiKeys.authenticate(key, secret, address);
    if (apiKey) return apiKey;
    this.events.publish({ name: 'sign_in.failed', clientAddress: address, reason: 'API key' });
    throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'API key' });
  }
}
