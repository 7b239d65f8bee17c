import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { House } from '../common/house.js';
import { DatabaseModule } from '../database/database.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({})
export class HealthModule {
  /** @internal */
  static in(house: House): DynamicModule {
    return house.room(HealthModule, () => ({
      imports: [AccessModule.in(house), DatabaseModule.in(house)],
      providers: [Readiness],
      controllers: house.controllers({ health: HealthController }),
    }));
  }
}
