import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { Pages } from '../common/paging/pages.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Needs `SESSIONS_OPTIONS` from the application. */
@Module({
  imports: [DatabaseModule],
  controllers: [SessionsController],
  providers: [AuditLog, Clock, Pages, SessionsRepository, SessionsService],
  exports: [SessionsService],
})
export class SessionsModule {}
