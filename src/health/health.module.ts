import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { DatabaseProbe } from './database-probe.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';
import { StoreProbe } from './store-probe.js';

@Module({})
export class HealthModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(HealthModule, () => ({
      imports: [
        AccessModule.register(assembly),
        DatabaseModule.register(assembly),
        ThrottlingModule.register(assembly),
      ],
      providers: [DatabaseProbe, Readiness, StoreProbe],
      controllers: assembly.controllers({ health: HealthController }),
    }));
  }
}
