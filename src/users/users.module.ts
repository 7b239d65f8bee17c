import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Assembly } from '../common/assembly.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { LinksModule } from '../links/links.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { BreachChecks } from './breach-checks.js';
import { ChangedPasswords } from './changed-passwords.js';
import { EmailVerifications } from './email-verifications.js';
import { FamiliarNetworks } from './familiar-networks.js';
import { MemberAuthority } from './member-authority.js';
import { MembersService } from './members.service.js';
import { NewMembersService } from './new-members.service.js';
import { NewPasswords } from './new-passwords.js';
import { NewUsers } from './new-users.js';
import { OwnPassword } from './own-password.js';
import { OwnUserController } from './own-user.controller.js';
import { OwnUserService } from './own-user.service.js';
import { OwnershipController } from './ownership.controller.js';
import { OwnershipService } from './ownership.service.js';
import { PasswordChecks } from './password-checks.js';
import { SignInNetworksRepository } from './sign-in-networks.repository.js';
import { SignUpController } from './sign-up.controller.js';
import { SignUpService } from './sign-up.service.js';
import { UserAddresses } from './user-addresses.js';
import { UsersController } from './users.controller.js';
import { UsersExport } from './users-export.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** The users of an account, its sign-up and its ownership. */
@Module({})
export class UsersModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(UsersModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        ApiKeysModule.register(assembly),
        DatabaseModule.register(assembly),
        ExportsModule.register(assembly),
        LinksModule.register(assembly),
        SessionsModule.register(assembly),
        ThrottlingModule.register(assembly),
      ],
      // `user/me` before `user/:id`.
      controllers: assembly.controllers({
        signUp: SignUpController,
        ownership: OwnershipController,
        ownUser: OwnUserController,
        users: UsersController,
      }),
      providers: [
        BreachChecks,
        ChangedPasswords,
        EmailVerifications,
        FamiliarNetworks,
        MemberAuthority,
        MembersService,
        NewMembersService,
        NewPasswords,
        NewUsers,
        OwnPassword,
        OwnUserService,
        OwnershipService,
        PasswordChecks,
        SignInNetworksRepository,
        SignUpService,
        UserAddresses,
        UsersExport,
        UsersRepository,
        UsersService,
      ],
      exports: [
        EmailVerifications,
        FamiliarNetworks,
        MemberAuthority,
        MembersService,
        NewMembersService,
        NewPasswords,
        OwnPassword,
        PasswordChecks,
        SignUpService,
        UserAddresses,
        UsersService,
      ],
    }));
  }
}
