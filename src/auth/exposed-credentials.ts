import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { Origin } from '../common/transport/request-facts.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';
import { SYSTEM } from '../events/gatehouse-event.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccessTokenVerifier } from './access-tokens/verifier.js';
import { apiKeyParts, bearerToken, parseBasicCredentials, type ApiKeyPair } from './credentials.js';

/** Revokes credentials that were sent over an unencrypted connection (contract §1, S-200). */
@Injectable()
export class ExposedCredentials {
  private readonly logger = new Logger(ExposedCredentials.name);

  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly sessions: SessionsService,
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly apiKeys: ApiKeysService,
    transport: TransportPolicy,
  ) {
    transport.reportExposed((authorization, origin) => void this.revoke(authorization, origin));
  }

  /**
   * Revokes the key, or ends the session of the token; never hashes a password. It runs in the background, so that
   * failures are only logged.
   */
  async revoke(authorization: string, origin: Origin): Promise<void> {
    try {
      const token = bearerToken(authorization);
      const basic = token === undefined ? parseBasicCredentials(authorization) : undefined;
      const apiKey = basic?.kind === 'api_key' ? basic : apiKeyParts(token ?? '');
      if (apiKey) await this.revokeKey(apiKey, origin);
      else if (token !== undefined) await this.endSession(token, origin);
    } catch (error) {
      const reason = messageOf(error);
      this.logger.error(`an exposed credential was not revoked: ${reason}`);
    }
  }

  /** Revokes a key from any address, because its secret was readable on the network. */
  private async revokeKey({ key, secret }: ApiKeyPair, origin: Origin): Promise<void> {
    const apiKey = await this.authenticator.findGenuine(key, secret);
    if (apiKey) await this.apiKeys.revokeExposed(apiKey, origin);
  }

  private async endSession(token: string, origin: Origin): Promise<void> {
    // The session of an expired token may still be live.
    const claims = this.verifier.genuineClaims(token);
    if (!claims) return;
    const { account_id: accountId, id, type, sid: sessionId } = claims;
    const userId = type === 'user' ? id : undefined;
    const apiKeyId = type === 'api_key' ? id : undefined;
    const facts = { accountId, ...SYSTEM, userId, apiKeyId, sessionId, ...origin };
    await this.sessions.end({ id: sessionId }, { name: 'session.exposed', ...facts });
  }
}
