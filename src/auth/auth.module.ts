import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { RequestValidationPipe } from '../common/validation/validation.pipe.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokenService } from './access-token.service.js';
import { ApiKeyPrincipals } from './api-key-principals.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { ExposedCredentials } from './exposed-credentials.js';
import { GrantedScopes } from './granted-scopes.js';
import { JwksController } from './jwks.controller.js';
import { PasswordAuthenticator } from './password-authenticator.js';
import { ProfileService } from './profile.service.js';
import { SessionSubjects } from './session-subjects.js';
import { BasicStrategy } from './strategies/basic.strategy.js';
import { BearerStrategy } from './strategies/bearer.strategy.js';
import { RefreshStrategy } from './strategies/refresh.strategy.js';
import { TokenRequestReader } from './token-request.js';

/** Sign-in, refresh, sign-out. Needs `AUTH_OPTIONS` from the application. */
@Module({
  imports: [
    AccountsModule,
    ApiKeysModule,
    DatabaseModule,
    JwtModule.register({}),
    PassportModule,
    SessionsModule,
    UsersModule,
  ],
  controllers: [AuthController, JwksController],
  providers: [
    AccessTokenService,
    ApiKeyPrincipals,
    AuditLog,
    AuthService,
    BasicStrategy,
    BearerStrategy,
    Clock,
    ExposedCredentials,
    GrantedScopes,
    PasswordAuthenticator,
    ProfileService,
    RefreshStrategy,
    RequestValidationPipe,
    SessionSubjects,
    TokenRequestReader,
  ],
  exports: [ExposedCredentials],
})
export class AuthModule {}
