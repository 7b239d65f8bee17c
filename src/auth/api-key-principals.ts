import { Injectable } from '@nestjs/common';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { ERROR } from '../common/errors/error-codes.js';
import { GrantedScopes } from './granted-scopes.js';

/** Turns an API key that came by itself into whom the request speaks for. */
@Injectable()
export class ApiKeyPrincipals {
  constructor(
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly apiKeys: ApiKeysService,
    private readonly scopes: GrantedScopes,
  ) {}

  /**
   * @param address where the request came from
   * @throws CodedException 40105, whatever the reason (S-19)
   */
  async authenticate(
    key: string,
    secret: string,
    address: string,
    options: { readonly isTokenRefused?: boolean } = {},
  ): Promise<Principal> {
    const apiKey = await this.authenticator.authenticate(key, secret, address);
    if (!apiKey) throw unauthorized(ERROR.API_KEY_INVALID, options);
    this.apiKeys.noteUse(apiKey);
    const { id, accountId, role, expiresAt } = apiKey;
    return {
      id,
      type: 'api_key',
      accountId,
      role,
      ...(await this.scopes.expand(apiKey, [role])),
      sessionId: undefined,
      expiresAt,
      claims: {},
    };
  }
}
