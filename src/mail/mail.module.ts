import { Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import type { Assembly } from '../common/assembly.js';
import { LinksModule } from '../links/links.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { UsersModule } from '../users/users.module.js';
import { LetterSender } from './letter-sender.js';
import { LetterWriter } from './letters/letter-writer.js';
import { MailListener } from './mail-listener.js';
import { Occasions } from './occasions.js';

/** Letters about events. */
@Module({})
export class MailModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(MailModule, () => ({
      imports: [
        AccountsModule.register(assembly),
        ApiKeysModule.register(assembly),
        LinksModule.register(assembly),
        OutboxModule.register(assembly),
        UsersModule.register(assembly),
      ],
      providers: [LetterSender, LetterWriter, MailListener, Occasions],
    }));
  }
}
