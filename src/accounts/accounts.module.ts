import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AccountExportController } from './account-export.controller.js';
import { AccountExportService } from './account-export.service.js';
import { AccountScopes } from './account-scopes.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { ActorAuthorization } from './actor-authorization.js';
import { RoleAssignment } from './role-assignment.js';
import { RoleUsage } from './role-usage.js';
import { RolesController } from './roles.controller.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';

/** Accounts (the tenants) and their own roles. */
@Module({})
export class AccountsModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(AccountsModule, () => ({
      imports: [
        AccessModule.register(assembly),
        DatabaseModule.register(assembly),
        ExportsModule.register(assembly),
        ScopesModule.register(assembly),
        ThrottlingModule.register(assembly),
      ],
      controllers: assembly.controllers({
        account: AccountsController,
        accountExport: AccountExportController,
        roles: RolesController,
      }),
      providers: [
        AccountExportService,
        AccountScopes,
        AccountsRepository,
        AccountsService,
        ActorAuthorization,
        RoleAssignment,
        RoleUsage,
        RolesRepository,
        RolesService,
      ],
      exports: [AccountScopes, AccountsService, ActorAuthorization, RoleAssignment, RoleUsage],
    }));
  }
}
