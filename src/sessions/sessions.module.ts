import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { RefreshTokenCodec } from './refresh-token-codec.js';
import { SessionPurge } from './session-purge.js';
import { SessionRefresher } from './session-refresher.js';
import { SessionRevocations } from './session-revocations.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions-options.js';
import { SessionsExport } from './sessions-export.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Sessions, from sign-in to sign-out. */
@Module({})
export class SessionsModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(SessionsModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        DatabaseModule.register(assembly),
        ExportsModule.register(assembly),
      ],
      controllers: assembly.controllers({ sessions: SessionsController }),
      providers: [
        OwnSessionsService,
        SessionPurge,
        SessionsExport,
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
