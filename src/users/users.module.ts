import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { DatabaseModule } from '../database/database.module.js';
import { SignUpController } from './sign-up.controller.js';
import { SignUpService } from './sign-up.service.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Needs `USERS_OPTIONS` and a `PasswordHasher` from the application. */
@Module({
  imports: [AccountsModule, DatabaseModule],
  controllers: [SignUpController],
  providers: [Clock, AuditLog, UsersRepository, UsersService, SignUpService],
  exports: [UsersService, SignUpService],
})
export class UsersModule {}
