import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { Pages } from '../common/paging/pages.js';
import { DatabaseModule } from '../database/database.module.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { AccountScopes } from './account-scopes.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { MemberDepartures } from './member-departures.js';
import { RoleAssignment } from './role-assignment.js';
import { RoleHolders } from './role-holders.js';
import { RolesController } from './roles.controller.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';

/** Tenants, and the roles of each. */
@Module({
  imports: [DatabaseModule, ScopesModule],
  controllers: [AccountsController, RolesController],
  providers: [
    AccountScopes,
    AccountsRepository,
    AccountsService,
    AuditLog,
    Clock,
    MemberDepartures,
    Pages,
    RoleAssignment,
    RoleHolders,
    RolesRepository,
    RolesService,
  ],
  exports: [AccountScopes, AccountsService, MemberDepartures, RoleAssignment, RoleHolders],
})
export class AccountsModule {}
