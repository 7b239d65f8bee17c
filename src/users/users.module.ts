import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { Pages } from '../common/paging/pages.js';
import { DatabaseModule } from '../database/database.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { MembersService } from './members.service.js';
import { NewPasswords } from './new-passwords.js';
import { OwnPassword } from './own-password.js';
import { OwnUserController } from './own-user.controller.js';
import { OwnUserService } from './own-user.service.js';
import { OwnershipController } from './ownership.controller.js';
import { OwnershipService } from './ownership.service.js';
import { SignUpController } from './sign-up.controller.js';
import { SignUpService } from './sign-up.service.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Needs `USERS_OPTIONS` and a `PasswordHasher` from the application. */
@Module({
  imports: [AccountsModule, DatabaseModule, SessionsModule],
  // `user/me` before `user/:id`.
  controllers: [SignUpController, OwnershipController, OwnUserController, UsersController],
  providers: [
    AuditLog,
    Clock,
    MembersService,
    NewPasswords,
    OwnPassword,
    OwnUserService,
    OwnershipService,
    Pages,
    SignUpService,
    UsersRepository,
    UsersService,
  ],
  exports: [UsersService, SignUpService],
})
export class UsersModule {}
