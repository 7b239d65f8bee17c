import type { ClientFacts } from '../../common/client.decorator.js';
import type { TokenResponseDto } from '../dto/token-response.dto.js';

/** A well-formed token request, whose credentials are not verified yet. */
export interface TokenRequest {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly refreshToken: string | undefined;
  /** `client_id` and `client_secret`, neither of them empty (RFC 6749 §2.3.1). */
  readonly clientPair: { readonly id: string; readonly secret: string } | undefined;
  /** Space-separated names. */
  readonly scope: string | undefined;
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
}

/** A grant of the token endpoint: verifies the credentials of a request and issues tokens. */
export interface Grant {
  /** @throws CodedException 40001, 40004, 40101, 40102, 40106, 42901, 50301 */
  issue(request: TokenRequest, client: ClientFacts): Promise<TokenResponseDto>;
}
