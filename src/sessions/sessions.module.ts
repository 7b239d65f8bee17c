import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { House } from '../common/house.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionRevocations } from './session-revocations.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Sign-ins, from their beginning to their end. */
@Module({})
export class SessionsModule {
  /** @internal */
  static in(house: House): DynamicModule {
    return house.room(SessionsModule, () => ({
      imports: [AccessModule.in(house), DatabaseModule.in(house)],
      controllers: house.controllers({ sessions: SessionsController }),
      providers: [SessionRevocations, SessionsRepository, SessionsService],
      exports: [SessionRevocations, SessionsService],
    }));
  }
}
