import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ProvenApiKey } from '../api-keys/api-key-authenticator.js';
import type { PresentedToken } from '../sessions/refresh-token-codec.js';
import { createNotes } from '../common/notes.js';
import type { ProvenUser } from './password-authenticator.js';
import type { SessionSubject } from './session-subjects.js';
import type { TokenRequest } from './token-request.js';

/** Who asks for tokens, and on what ground. */
export type GrantSubject =
  | ({ readonly kind: 'user' } & ProvenUser)
  | { readonly kind: 'api_key'; readonly apiKey: ProvenApiKey }
  | {
      readonly kind: 'refresh_token';
      readonly found: SessionSubject;
      readonly presented: PresentedToken;
      /** The session's own API key was proved along with the token. */
      readonly isKeyProved: boolean;
      /** What came as `Authorization: Bearer`; nobody has looked at it yet. */
      readonly bearer: string | undefined;
    };

/** A token request whose credentials were checked. */
export interface AuthenticatedGrant {
  readonly request: TokenRequest;
  readonly subject: GrantSubject;
}

const grants = createNotes<AuthenticatedGrant>();

/** For the guard alone: what somebody else puts on a request is no grant (S-191). */
export function setGrant(request: object, grant: AuthenticatedGrant): void {
  grants.set(request, grant);
}

export const Grant = createParamDecorator(
  (_: unknown, context: ExecutionContext): AuthenticatedGrant | undefined =>
    grants.of(context.switchToHttp().getRequest<object>()),
);
