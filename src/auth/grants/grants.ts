import type { Type } from '@nestjs/common';
import { ClientCredentialsGrant } from './client-credentials.grant.js';
import type { Grant } from './grant.js';
import { PasswordGrant } from './password.grant.js';
import { RefreshTokenGrant } from './refresh-token.grant.js';

/** Every grant of the token endpoint, by its `grant_type`. */
export const GRANTS: ReadonlyMap<string, Type<Grant>> = new Map<string, Type<Grant>>([
  ['password', PasswordGrant],
  ['refresh_token', RefreshTokenGrant],
  ['client_credentials', ClientCredentialsGrant],
]);

export const GRANT_TYPES = [...GRANTS.keys()];
