// The public API of the package. Everything that is not listed here may change at any time.
export { AuthenticationGuard } from './access/authentication.guard.js';
export { CurrentPrincipal } from './access/current-principal.decorator.js';
export { GatehouseGuard } from './access/gatehouse.guard.js';
export { rememberHandshake } from './access/handshakes.js';
export type { Actor, Principal } from './access/principal.js';
export { Public, type PublicDecorator } from './access/public.decorator.js';
export { RequireScopes, RequireUser } from './access/require-scopes.decorator.js';
export { ScopesGuard } from './access/scopes.guard.js';
export { Account } from './accounts/account.entity.js';
export { AccountsModule } from './accounts/accounts.module.js';
export { Role } from './accounts/role.entity.js';
export { API_KEY_PATTERN } from './api-keys/api-key-format.js';
export { ApiKey } from './api-keys/api-key.entity.js';
export { ApiKeysModule } from './api-keys/api-keys.module.js';
export { AuditModule } from './audit/audit.module.js';
export { AuditRecord } from './audit/audit-record.entity.js';
export type {
  AuditFault,
  AuditFaultKind,
  AuditVerification,
} from './audit/seal/audit-verification.js';
export { AuthModule } from './auth/auth.module.js';
export type { ClaimsProvider, TokenHolder } from './auth/claims-provider.js';
export type { SigningAlgorithm } from './auth/access-tokens/signing-keys.js';
export { PasswordHasher, type PasswordVerdict } from './common/crypto/password-hasher.js';
export {
  CodedException,
  type CodedExceptionOptions,
  type FieldError,
} from './common/errors/coded.exception.js';
export { ERROR, type ErrorEntry } from './common/errors/error-codes.js';
export { StartError } from './common/errors/start.error.js';
export type {
  ApiKeyLetterFacts,
  LetterFacts,
  LetterFactsMap,
  LetterTemplates,
  LetterTexts,
  LinkLetterFacts,
  MailKind,
} from './mail/letters/letter-facts.js';
export { MailRefused } from './mail/mail-refused.js';
export type { Mail, Mailer } from './mail/mailer.js';
export type { Page } from './common/paging/pages.js';
export {
  gatehouseEntities,
  gatehouseIdColumn,
  gatehouseMigrations,
  resumableMigrations,
  type IdColumnOptions,
  type TableOptions,
} from './database/for-hosts.js';
export { stopAtOnce } from './database/stop-at-once.js';
export { addGatehouseSecurity, describeGatehouse } from './document-for-hosts.js';
export type {
  GatehouseEvent,
  GatehouseEventMap,
  GatehouseEventName,
} from './events/gatehouse-event.js';
export { GatehouseEvents, type ListenerOptions } from './events/gatehouse-events.js';
export { OnGatehouseEvent, type ListeningOptions } from './events/on-gatehouse-event.decorator.js';
export type {
  AccessTokenOptions,
  ApiKeyOptions,
  AuditTrailOptions,
  GatehouseModuleAsyncOptions,
  GatehouseModuleOptions,
  GatehouseOptions,
  GatehouseSetup,
  LinkPageOptions,
  MailSettings,
  PasswordOptions,
  RouteSwitches,
  SecretList,
  SessionOptions,
  SignUpOptions,
  ThrottlingOptions,
  TransportSettings,
  WebhookOptions,
} from './gatehouse-options.js';
export { GatehouseModule } from './gatehouse.module.js';
export {
  GatehouseService,
  type AuditListOptions,
  type ChangeOptions,
  type ListOptions,
  type NewAccountOptions,
  type NewApiKeyOptions,
  type NewApiKeyResult,
  type NewSessionOptions,
  type NewUserOptions,
  type PasswordSetting,
  type SessionTokens,
} from './gatehouse.service.js';
export type { ShownLink } from './recovery/shown-links.js';
export { RecoveryModule } from './recovery/recovery.module.js';
export {
  defineScopes,
  type HostScopeDefinitions,
  type HostScopes,
  type Scope,
  type ScopeDefinitions,
} from './scopes/define-scopes.js';
export type { SystemScope } from './scopes/system-scopes.js';
export { RefreshToken } from './sessions/refresh-token.entity.js';
export type { MemberChanges } from './users/members.service.js';
export {
  breachedPasswords,
  type BreachCheck,
  type BreachedPasswordsOptions,
} from './users/password-policy/breached-passwords.js';
export type { SignUpCandidate, SignUpRule } from './users/sign-up-rule.js';
export type { RedisClient } from './throttling/redis-client.js';
export { User } from './users/user.entity.js';
export { UsersModule } from './users/users.module.js';
export { WebhooksModule } from './webhooks/webhooks.module.js';
