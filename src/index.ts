// The public door: what an embedding application may import. What is not listed here may change any day.
export { ACCESS_OPTIONS, type AccessOptions } from './access/access-options.js';
export { AccessModule } from './access/access.module.js';
export { AuthenticationGuard } from './access/authentication.guard.js';
export { CurrentPrincipal } from './access/current-principal.decorator.js';
export type { Principal } from './access/principal.js';
export { Public } from './access/public.decorator.js';
export { RequireScopes, RequireUser } from './access/require-scopes.decorator.js';
export { ScopesGuard } from './access/scopes.guard.js';
export { Account } from './accounts/account.entity.js';
export { AccountsModule } from './accounts/accounts.module.js';
export { Role } from './accounts/role.entity.js';
export { API_KEY_PATTERN } from './api-keys/api-key-format.js';
export { ApiKey } from './api-keys/api-key.entity.js';
export { API_KEYS_OPTIONS, type ApiKeysOptions } from './api-keys/api-keys-options.js';
export { ApiKeysModule } from './api-keys/api-keys.module.js';
export { AUTH_OPTIONS, type AuthOptions } from './auth/auth-options.js';
export { AuthModule } from './auth/auth.module.js';
export { hmacSigningKey, asymmetricSigningKey, type SigningKey } from './auth/signing-keys.js';
export { PasswordHasher, type PasswordHasherOptions } from './common/crypto/password-hasher.js';
export { CodedException } from './common/errors/coded.exception.js';
export { ERROR, type ErrorEntry } from './common/errors/error-codes.js';
export { PAGING_OPTIONS, type PagingOptions } from './common/paging/pages.js';
export { ENTITIES } from './database/entities.js';
export { MIGRATIONS } from './database/migrations/index.js';
export {
  defineScopes,
  type HostScopeDefinitions,
  type HostScopes,
  type Scope,
} from './scopes/define-scopes.js';
export { SCOPES_OPTIONS, type ScopesOptions } from './scopes/scopes-options.js';
export { RefreshToken } from './sessions/refresh-token.entity.js';
export { SESSIONS_OPTIONS, type SessionsOptions } from './sessions/sessions-options.js';
export { SessionsModule } from './sessions/sessions.module.js';
export { User } from './users/user.entity.js';
export { USERS_OPTIONS, type UsersOptions } from './users/users-options.js';
export { UsersModule } from './users/users.module.js';
