import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { AbandonedDeliveries } from './abandoned-deliveries.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import { DurableJobs } from './durable-jobs.js';
import { EventDeliveries } from './event-deliveries.js';
import { EventDeliveriesRepository } from './event-deliveries.repository.js';
import { EventDispatcher } from './event-dispatcher.js';
import { EventRecorder } from './event-recorder.js';

/** Stores events in the transaction of their change, and delivers them to durable listeners. */
@Module({})
export class OutboxModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(OutboxModule, () => ({
      imports: [DatabaseModule.register(assembly)],
      providers: [
        AbandonedDeliveries,
        DeliveryAttempts,
        DurableJobs,
        EventDeliveries,
        EventDeliveriesRepository,
        EventDispatcher,
        EventRecorder,
      ],
      exports: [DurableJobs],
    }));
  }
}
