import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import type { House } from '../common/house.js';
import { DatabaseModule } from '../database/database.module.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { RefreshTokenCodec } from './refresh-token-codec.js';
import { SessionRefresher } from './session-refresher.js';
import { SessionRevocations } from './session-revocations.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions-options.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Sign-ins, from their beginning to their end. */
@Module({})
export class SessionsModule {
  /** @internal */
  static in(house: House): DynamicModule {
    return house.room(SessionsModule, () => ({
      imports: [AccessModule.in(house), AccountsModule.in(house), DatabaseModule.in(house)],
      controllers: house.controllers({ sessions: SessionsController }),
      providers: [
        OwnSessionsService,
        SessionsRepository,
        SessionsService,
        SessionRefresher,
        SessionRevocations,
        {
          provide: RefreshTokenCodec,
          useFactory: ({ refreshTokenKeys }: SessionsOptions) =>
            new RefreshTokenCodec(refreshTokenKeys),
          inject: [SESSIONS_OPTIONS],
        },
      ],
      exports: [SessionsService, SessionRefresher, SessionRevocations],
    }));
  }
}
