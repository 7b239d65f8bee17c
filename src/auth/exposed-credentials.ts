import { Injectable, Logger } from '@nestjs/common';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccessTokenService } from './access-token.service.js';
import { parseBasicCredentials } from './basic-credentials.js';
import { apiKeyParts, bearerToken } from './bearer-token.js';

/** Burns credentials that crossed a network in the clear (contract §1, S-200). */
@Injectable()
export class ExposedCredentials {
  private readonly logger = new Logger(ExposedCredentials.name);

  constructor(
    private readonly tokens: AccessTokenService,
    private readonly sessions: SessionsService,
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly apiKeys: ApiKeysService,
    transport: TransportPolicy,
  ) {
    transport.reportExposed((authorization) => void this.burn(authorization));
  }

  /**
   * Revokes the key, or ends the session behind the token; never hashes a password. Failures are logged:
   * nobody waits for it.
   */
  async burn(authorization: string): Promise<void> {
    try {
      const pair = apiKeyIn(authorization);
      await (pair ? this.burnKey(pair) : this.burnSession(bearerToken(authorization) ?? ''));
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.logger.error(`an exposed credential was not revoked: ${reason}`);
    }
  }

  /** Whatever address it came from: it was seen on the way. */
  private async burnKey({ key, secret }: ApiKeyPair): Promise<void> {
    const apiKey = await this.authenticator.findGenuine(key, secret);
    if (apiKey) await this.apiKeys.burn(apiKey);
  }

  private async burnSession(token: string): Promise<void> {
    // An expired token still names a session that lives on.
    const claims = this.tokens.genuineClaims(token);
    if (!claims) return;
    const { account_id: accountId, id, type, sid: sessionId } = claims;
    const userId = type === 'user' ? id : undefined;
    const apiKeyId = type === 'api_key' ? id : undefined;
    const event = { name: 'session.exposed', accountId, userId, apiKeyId, sessionId } as const;
    await this.sessions.end({ id: sessionId }, event);
  }
}

type ApiKeyPair = NonNullable<ReturnType<typeof apiKeyParts>>;

function apiKeyIn(authorization: string): ApiKeyPair | undefined {
  const basic = parseBasicCredentials(authorization);
  if (basic) return basic.kind === 'api_key' ? basic : undefined;
  return apiKeyParts(bearerToken(authorization) ?? '');
}
