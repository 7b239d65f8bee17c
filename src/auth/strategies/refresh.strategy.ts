import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport';
import { NO_REGISTRY, Strategies, type PresentedRequest } from '../../access/strategies.js';
import { ApiKeyAuthenticator } from '../../api-keys/api-key-authenticator.js';
import type { ApiKey } from '../../api-keys/api-key.entity.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { invalidRequest } from '../../common/validation/validation.pipe.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { GrantSubject } from '../authenticated-grant.js';
import { bearerToken } from '../bearer-token.js';
import { clientCredentials } from '../grant-credentials.js';
import { SessionSubjects } from '../session-subjects.js';
import type { TokenRequest } from '../token-request.js';

/** What the guard hands to the strategy. */
export interface RefreshStrategyOptions {
  readonly tokenRequest: TokenRequest;
}

/**
 * Passport strategy `refresh`: finds the session that a refresh token is for, and whom it stands for now.
 * Whether the token still continues that session is decided where it is used, in one step with the use.
 */
@Injectable()
export class RefreshStrategy extends PassportStrategy(Strategy) {
  constructor(
    private readonly sessions: SessionsService,
    private readonly subjects: SessionSubjects,
    private readonly apiKeys: ApiKeyAuthenticator,
    strategies: Strategies,
  ) {
    super();
    strategies.register('refresh', this);
  }

  getPassportInstance(): typeof NO_REGISTRY {
    return NO_REGISTRY;
  }

  override authenticate(request: object, { tokenRequest }: RefreshStrategyOptions): void {
    const { headers, clientAddress } = request as PresentedRequest;
    this.validate(headers.authorization, clientAddress, tokenRequest).then(
      (subject) => this.success(subject),
      (error: unknown) => this.error(error),
    );
  }

  async validate(
    authorization: string | undefined,
    address: string,
    request: TokenRequest,
  ): Promise<GrantSubject> {
    const { refreshToken, username, password } = request;
    if (username !== undefined || password !== undefined) {
      throw invalidRequest([
        { field: 'username', message: 'username does not belong to this grant' },
      ]);
    }
    if (refreshToken === undefined) {
      throw invalidRequest([{ field: 'refresh_token', message: 'refresh_token must be a string' }]);
    }
    const client = await this.clientOf(request, authorization, address);
    const presented = this.sessions.parse(refreshToken);
    const found = presented && (await this.subjects.findActive(presented.sessionId, address));
    if (!presented || !found) throw refused('unknown, or its user, key or account is no good');
    if (client && client.id !== found.apiKey?.id)
      throw refused("a client that is not the session's");
    const isKeyProved = client !== undefined;
    const bearer = authorization === undefined ? undefined : bearerToken(authorization);
    return { kind: 'refresh_token', found, presented, isKeyProved, bearer };
  }

  /**
   * The key that was sent along, in header or body. An empty client is none; any other credential must be the
   * session's own key (S-194).
   *
   * @throws CodedException 40001, 40101, 40106
   */
  private async clientOf(
    request: TokenRequest,
    authorization: string | undefined,
    address: string,
  ): Promise<ApiKey | undefined> {
    const credentials = clientCredentials(request, authorization);
    if (!credentials) return undefined;
    const apiKey =
      credentials.kind === 'api_key'
        ? await this.apiKeys.authenticate(credentials.key, credentials.secret, address)
        : undefined;
    if (!apiKey) throw refused('a client that is no valid API key');
    return apiKey;
  }
}

function refused(detail: string): CodedException {
  return new CodedException(ERROR.REFRESH_TOKEN_INVALID, { detail });
}
