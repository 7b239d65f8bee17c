import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { LinksModule } from '../links/links.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';

/** What a one-time link opens: invitations, password resets, addresses. */
@Module({})
export class RecoveryModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(RecoveryModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        DatabaseModule.register(assembly),
        LinksModule.register(assembly),
        OutboxModule.register(assembly),
        ScopesModule.register(assembly),
        SessionsModule.register(assembly),
        ThrottlingModule.register(assembly),
        UsersModule.register(assembly),
      ],
      controllers: assembly.controllers({}),
      providers: [],
      exports: [],
    }));
  }
}
