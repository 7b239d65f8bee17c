import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { HostAddresses } from './host-addresses.js';
import { SigningSecrets } from './signing-secrets.js';
import { WebhookAttempts } from './webhook-attempts.js';
import { WebhookDeliveriesController } from './webhook-deliveries.controller.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import { SentDeliveries } from './webhook-deliveries.service.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import { WebhookPurge } from './webhook-purge.js';
import { WebhookRecorder } from './webhook-recorder.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookState } from './webhook-state.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksExport } from './webhooks-export.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksService } from './webhooks.service.js';

/** The webhooks of accounts, and the delivery of events to them. */
@Module({})
export class WebhooksModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(WebhooksModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        DatabaseModule.register(assembly),
        ExportsModule.register(assembly),
      ],
      controllers: [
        ...assembly.controllers({ webhooks: WebhooksController }),
        ...assembly.controllers({ webhooks: WebhookDeliveriesController }),
      ],
      providers: [
        HostAddresses,
        SentDeliveries,
        SigningSecrets,
        WebhookAttempts,
        WebhookDeliveries,
        WebhookDeliveriesRepository,
        WebhookDispatcher,
        WebhookPurge,
        WebhookRecorder,
        WebhookSender,
        WebhookState,
        WebhooksExport,
        WebhooksRepository,
        WebhooksService,
      ],
    }));
  }
}
