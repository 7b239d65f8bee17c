import { Module, type DynamicModule } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { AccessModule } from '../access/access.module.js';
import type { House } from '../common/house.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
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
import { OwnClaims } from './own-claims.js';
import { PasswordAuthenticator } from './password-authenticator.js';
import { ProfileService } from './profile.service.js';
import { SessionSubjects } from './session-subjects.js';
import { BasicStrategy } from './strategies/basic.strategy.js';
import { BearerStrategy } from './strategies/bearer.strategy.js';
import { RefreshStrategy } from './strategies/refresh.strategy.js';
import { TokenRequestReader } from './token-request.js';

/** Sign-in, refresh, sign-out. */
@Module({})
export class AuthModule {
  /** @internal */
  static in(house: House): DynamicModule {
    return house.room(AuthModule, () => ({
      imports: [
        AccessModule.in(house),
        AccountsModule.in(house),
        ApiKeysModule.in(house),
        DatabaseModule.in(house),
        JwtModule.register({}),
        SessionsModule.in(house),
        UsersModule.in(house),
      ],
      controllers: house.controllers({ authentication: AuthController, jwks: JwksController }),
      providers: [
        AccessTokenService,
        ApiKeyPrincipals,
        AuthService,
        BasicStrategy,
        BearerStrategy,
        ExposedCredentials,
        GrantedScopes,
        OwnClaims,
        PasswordAuthenticator,
        ProfileService,
        RefreshStrategy,
        RequestValidationPipe,
        SessionSubjects,
        TokenRequestReader,
      ],
      exports: [AuthService, ExposedCredentials],
    }));
  }
}
