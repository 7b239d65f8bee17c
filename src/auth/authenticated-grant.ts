import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ProvenApiKey } from '../api-keys/api-key-authenticator.js';
import type { PresentedToken } from '../sessions/refresh-token-codec.js';
import type { User } from '../users/user.entity.js';
import type { SessionSubject } from './session-subjects.js';
import type { TokenRequest } from './token-request.js';

/** Who asks for tokens, and on what ground. */
export type GrantSubject =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'api_key'; readonly apiKey: ProvenApiKey }
  | {
      readonly kind: 'refresh_token';
      readonly found: SessionSubject;
      readonly presented: PresentedToken;
    };

/** A token request whose credentials were checked. */
export interface AuthenticatedGrant {
  readonly request: TokenRequest;
  readonly subject: GrantSubject;
}

/** Set by `TokenGrantGuard` and read by nobody but {@link Grant}. */
export interface GrantRequest {
  tokenRequest: TokenRequest;
  grantSubject: GrantSubject;
}

export const Grant = createParamDecorator(
  (_: unknown, context: ExecutionContext): AuthenticatedGrant => {
    const request = context.switchToHttp().getRequest<GrantRequest>();
    return { request: request.tokenRequest, subject: request.grantSubject };
  },
);
