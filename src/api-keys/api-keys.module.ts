import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Assembly } from '../common/assembly.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { ApiKeyAuthorization } from './api-key-authorization.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyIssuer } from './api-key-issuer.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysExport } from './api-keys-export.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { LeakedApiKeys } from './leaked-api-keys.js';
import { LeakedApiKeysController } from './leaked-api-keys.controller.js';
import { RepeatableSecrets } from './repeatable-secrets.js';

/** The API keys of accounts. */
@Module({})
export class ApiKeysModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(ApiKeysModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        DatabaseModule.register(assembly),
        ExportsModule.register(assembly),
        SessionsModule.register(assembly),
        ThrottlingModule.register(assembly),
      ],
      controllers: assembly.controllers({
        apiKeys: ApiKeysController,
        leakedApiKeys: LeakedApiKeysController,
      }),
      providers: [
        ApiKeyAuthorization,
        ApiKeyAuthenticator,
        ApiKeyIssuer,
        ApiKeysExport,
        ApiKeysRepository,
        ApiKeysService,
        LeakedApiKeys,
        RepeatableSecrets,
      ],
      exports: [
        ApiKeyAuthorization,
        ApiKeyAuthenticator,
        ApiKeyIssuer,
        ApiKeysService,
        LeakedApiKeys,
      ],
    }));
  }
}
