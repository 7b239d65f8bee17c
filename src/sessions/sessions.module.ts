import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Needs `SESSIONS_OPTIONS` from the application. */
@Module({
  imports: [DatabaseModule],
  providers: [Clock, AuditLog, SessionsRepository, SessionsService],
  exports: [SessionsService],
})
export class SessionsModule {}
