import { Module, type DynamicModule } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { AccessModule } from '../access/access.module.js';
import type { Assembly } from '../common/assembly.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { RequestValidationPipe } from '../common/validation/validation.pipe.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokenIssuer } from './access-tokens/issuer.js';
import { AccessTokenVerifier } from './access-tokens/verifier.js';
import { ApiKeyVerifier } from './api-key-verifier.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { ExposedCredentials } from './exposed-credentials.js';
import { GrantedScopes } from './granted-scopes.js';
import { GRANTS } from './grants/grants.js';
import { JwksController } from './jwks.controller.js';
import { ProfileService } from './profile.service.js';
import { SessionReader } from './session-reader.js';
import { BasicStrategy } from './strategies/basic.strategy.js';
import { BearerStrategy } from './strategies/bearer.strategy.js';
import { RefreshStrategy } from './strategies/refresh.strategy.js';
import { TokenEndpoint } from './token-endpoint.js';

/** Sign-in, refresh, sign-out. */
@Module({})
export class AuthModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(AuthModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        ApiKeysModule.register(assembly),
        DatabaseModule.register(assembly),
        JwtModule.register({}),
        SessionsModule.register(assembly),
        UsersModule.register(assembly),
      ],
      controllers: assembly.controllers({ authentication: AuthController, jwks: JwksController }),
      providers: [
        AccessTokenIssuer,
        AccessTokenVerifier,
        ApiKeyVerifier,
        AuthService,
        BasicStrategy,
        BearerStrategy,
        ExposedCredentials,
        GrantedScopes,
        ProfileService,
        RefreshStrategy,
        RequestValidationPipe,
        SessionReader,
        TokenEndpoint,
        ...GRANTS.values(),
      ],
      exports: [AuthService, ExposedCredentials],
    }));
  }
}
