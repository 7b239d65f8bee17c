import { Injectable } from '@nestjs/common';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import type { Verification } from '../access/verification.js';
import { ApiKeyAuthorization } from '../api-keys/api-key-authorization.js';
import { ApiKeyAuthenticator, type ProvenApiKey } from '../api-keys/api-key-authenticator.js';
import { allowedAddresses, usableUntil } from '../api-keys/api-key-state.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { Origin } from '../common/transport/request-facts.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { ApiKeyPair } from './credentials.js';
import { GrantedScopes } from './granted-scopes.js';
import { ProfileService } from './profile.service.js';

interface Options {
  readonly isTokenRefused?: boolean;
}

/** Checks API keys that are sent with a request in place of an access token. */
@Injectable()
export class ApiKeyVerifier {
  constructor(
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly apiKeys: ApiKeysService,
    private readonly authorization: ApiKeyAuthorization,
    private readonly scopes: GrantedScopes,
    private readonly profiles: ProfileService,
  ) {}

  /**
   * @param origin where the request came from
   * @param options whether the key was sent as a bearer token; the challenge of a refusal depends on it
   * @throws CodedException 40105, whatever the reason (S-19); 42901, 50301
   */
  async verify(pair: ApiKeyPair, origin: Origin, options: Options = {}): Promise<Verification> {
    const apiKey = await this.authenticator.authenticate(pair, origin, 'api_key.refused');
    return this.verification(apiKey, origin.clientAddress, options);
  }

  private async verification(
    apiKey: ProvenApiKey | undefined,
    address: string,
    options: Options,
  ): Promise<Verification> {
    if (!apiKey) throw unauthorized(ERROR.API_KEY_INVALID, options);
    const { id, accountId, role, key, provenDigest } = apiKey;
    const principal: Principal = {
      id,
      type: 'api_key',
      accountId,
      role,
      ...(await this.scopes.expand(apiKey, [role])),
      sessionId: undefined,
      expiresAt: earliest(apiKey.expiresAt, overlapEnd(apiKey)),
      claims: {},
    };
    this.profiles.remember(principal, { apiKey });
    this.authorization.remember(principal, apiKey);
    return {
      principal,
      until: provenUntil(apiKey),
      dependsOn: [id, accountId],
      takesFrom: allowedAddresses(apiKey),
      onUse: () => this.apiKeys.noteUse(apiKey),
      // Renewed by the digest, so that the secret does not stay in memory.
      renew: async () =>
        this.verification(
          await this.authenticator.authenticateDigest(key, provenDigest, address),
          address,
          options,
        ),
    };
  }
}

function provenUntil(key: ProvenApiKey): number {
  return Math.min(usableUntil(key), overlapEnd(key) ?? Infinity);
}

/** The exact end of a replaced secret, when its overlap ends (contract §7); `null` for the current one. */
function overlapEnd(key: ProvenApiKey): number | null {
  return key.provenDigest === key.secretDigest ? null : key.previousValidUntil;
}

function earliest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
