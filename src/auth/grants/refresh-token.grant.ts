import { Injectable } from '@nestjs/common';
import { Strategies } from '../../access/strategies.js';
import { ApiKeyAuthenticator } from '../../api-keys/api-key-authenticator.js';
import type { ApiKey } from '../../api-keys/api-key.entity.js';
import { ApiKeysService } from '../../api-keys/api-keys.service.js';
import { clientOrigin, type ClientFacts } from '../../common/client.decorator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { EventBus } from '../../events/event-bus.js';
import { ANONYMOUS } from '../../events/gatehouse-event.js';
import { invalidRequest } from '../../common/validation/validation.pipe.js';
import { SessionRefresher } from '../../sessions/session-refresher.js';
import { AccessTokenIssuer } from '../access-tokens/issuer.js';
import { AccessTokenVerifier, isTokenOf } from '../access-tokens/verifier.js';
import { bearerToken } from '../credentials.js';
import type { TokenResponseDto } from '../dto/token-response.dto.js';
import { GrantedScopes } from '../granted-scopes.js';
import type { PresentedSession } from '../session-reader.js';
import { clientCredentials, refuseUserCredentials } from './grant-credentials.js';
import type { Grant, TokenRequest } from './grant.js';

/** RFC 6749 §6: continues the session of a refresh token; refresh and access token rotate as a pair (contract §3). */
@Injectable()
export class RefreshTokenGrant implements Grant {
  constructor(
    private readonly strategies: Strategies,
    private readonly apiKeyAuthenticator: ApiKeyAuthenticator,
    private readonly apiKeys: ApiKeysService,
    private readonly refresher: SessionRefresher,
    private readonly verifier: AccessTokenVerifier,
    private readonly issuer: AccessTokenIssuer,
    private readonly scopes: GrantedScopes,
    private readonly events: EventBus,
  ) {}

  async issue(request: TokenRequest, client: ClientFacts): Promise<TokenResponseDto> {
    const { authorization, refreshToken } = request;
    refuseUserCredentials(request);
    if (refreshToken === undefined) {
      throw invalidRequest([{ field: 'refresh_token', message: 'refresh_token must be a string' }]);
    }
    const key = await this.authenticateClient(request, client);
    const presented = { refreshToken, ...clientOrigin(client) };
    const named = await this.strategies.run<PresentedSession>('refresh', presented);
    const found = await this.live(named, key, client);
    const isKeyProved = key !== undefined;
    const accessGeneration = isKeyProved ? undefined : this.accessGeneration(authorization, found);
    const credentials = { ...found.presented, accessGeneration, isKeyProved };
    return this.refresh(found, credentials, request.scope, client);
  }

  /**
   * Verifies the API key that was sent with the refresh, in header or body. An empty client counts as absent; any other
   * credential must be the session's own key (S-194).
   *
   * @throws CodedException 40001, 40101, 40106, 42901, 50301
   */
  private async authenticateClient(
    request: TokenRequest,
    client: ClientFacts,
  ): Promise<ApiKey | undefined> {
    const credentials = clientCredentials(request);
    if (!credentials) return undefined;
    const apiKey =
      credentials.kind === 'api_key' &&
      (await this.apiKeyAuthenticator.authenticate(
        credentials,
        clientOrigin(client),
        'api_key.refused',
      ));
    if (!apiKey) throw refused('a client that is no valid API key');
    return apiKey;
  }

  /**
   * The session of an authentic token, if it is live and the client's.
   *
   * @throws CodedException 40106
   */
  private async live(
    found: PresentedSession | undefined,
    key: ApiKey | undefined,
    client: ClientFacts,
  ): Promise<PresentedSession> {
    try {
      if (!found) throw refused('unknown or forged, or its user, key or account is not active');
      if (key && key.id !== found.apiKey?.id) throw refused("a client that is not the session's");
      this.refresher.assertLive(found.session);
      return found;
    } catch (error) {
      const reason = error instanceof CodedException ? error.detail : undefined;
      const session = { accountId: found?.session.accountId, sessionId: found?.session.id };
      const facts = { ...ANONYMOUS, ...session, ...clientOrigin(client), reason };
      const event = { name: 'refresh_token.refused', ...facts } as const;
      if (found) await this.events.report(event);
      else this.events.publishRoutine([event]);
      throw error;
    }
  }

  /**
   * Generation of the access token that was sent with the refresh; `undefined` for a bearer that was not issued for
   * this session. Its times are not checked, because the official client sends it expired (contract §3).
   */
  private accessGeneration(
    authorization: string | undefined,
    { session, identity }: PresentedSession,
  ): number | undefined {
    const token = bearerToken(authorization);
    const claims = token === undefined ? undefined : this.verifier.genuineClaims(token);
    const isOfSession = claims?.sid === session.id && isTokenOf(claims, identity);
    return isOfSession ? claims.access_generation : undefined;
  }

  private async refresh(
    { session, identity, account, apiKey }: PresentedSession,
    credentials: Parameters<SessionRefresher['refresh']>[1],
    requestedScope: string | undefined,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    // Decided before the scope, so that only a client that can continue the session learns which scopes it may request.
    const continuation = await this.refresher.assertContinues(session, credentials, client);
    const limit = session.scope === null ? undefined : session.scope.split(' ');
    const scope = await this.scopes.narrow(identity, limit, requestedScope, clientOrigin(client));
    const own = await this.issuer.ownClaims(identity, scope, session.id);
    const pair = await this.refresher.refresh(session, credentials, continuation, client);
    if (apiKey) this.apiKeys.noteUse(apiKey);
    const { refreshToken, accessGeneration } = pair;
    const continued = { ...session, accessGeneration };
    return this.issuer.respond({ session: continued, identity, account, scope, own, refreshToken });
  }
}

function refused(detail: string): CodedException {
  return new CodedException(ERROR.REFRESH_TOKEN_INVALID, { detail });
}
