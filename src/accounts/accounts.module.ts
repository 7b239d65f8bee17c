import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { House } from '../common/house.js';
import { DatabaseModule } from '../database/database.module.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { AccountScopes } from './account-scopes.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { Actors } from './actors.js';
import { RoleAssignment } from './role-assignment.js';
import { RoleHolders } from './role-holders.js';
import { RolesController } from './roles.controller.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';

/** Tenants, and the roles of each. */
@Module({})
export class AccountsModule {
  /** @internal */
  static in(house: House): DynamicModule {
    return house.room(AccountsModule, () => ({
      imports: [AccessModule.in(house), DatabaseModule.in(house), ScopesModule.in(house)],
      controllers: house.controllers({ account: AccountsController, roles: RolesController }),
      providers: [
        AccountScopes,
        AccountsRepository,
        AccountsService,
        Actors,
        RoleAssignment,
        RoleHolders,
        RolesRepository,
        RolesService,
      ],
      exports: [AccountScopes, AccountsService, Actors, RoleAssignment, RoleHolders],
    }));
  }
}
