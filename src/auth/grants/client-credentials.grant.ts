import { Injectable } from '@nestjs/common';
import type { ClientFacts } from '../../common/client.decorator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { AuthService } from '../auth.service.js';
import type { TokenResponseDto } from '../dto/token-response.dto.js';
import { signInCredentials } from './grant-credentials.js';
import type { Grant, TokenRequest } from './grant.js';

/** RFC 6749 §4.4: an API key signs in; its session has no refresh token (§4.4.3). */
@Injectable()
export class ClientCredentialsGrant implements Grant {
  constructor(private readonly auth: AuthService) {}

  async issue(request: TokenRequest, client: ClientFacts): Promise<TokenResponseDto> {
    const credentials = signInCredentials(request, { takesUser: false });
    if (credentials.kind !== 'api_key') throw new CodedException(ERROR.CREDENTIALS_INCORRECT);
    return this.auth.signInApiKey(credentials, { ...request, hasRefreshToken: false }, client);
  }
}
