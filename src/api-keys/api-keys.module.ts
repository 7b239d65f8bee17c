import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { Pages } from '../common/paging/pages.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyIssuer } from './api-key-issuer.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { RepeatableSecrets } from './repeatable-secrets.js';

/** Needs `API_KEYS_OPTIONS` from the application. */
@Module({
  imports: [AccountsModule, DatabaseModule, SessionsModule],
  controllers: [ApiKeysController],
  providers: [
    ApiKeyAuthenticator,
    ApiKeyIssuer,
    ApiKeysRepository,
    ApiKeysService,
    AuditLog,
    Clock,
    Pages,
    RepeatableSecrets,
  ],
  exports: [ApiKeyAuthenticator, ApiKeysService],
})
export class ApiKeysModule {}
