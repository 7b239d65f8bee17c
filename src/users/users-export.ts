import { Injectable } from '@nestjs/common';
import { AccountExports } from '../exports/account-exports.js';
import { userDto } from './dto/user.dto.js';
import type { SignInNetwork } from './sign-in-network.entity.js';
import { SignInNetworksRepository } from './sign-in-networks.repository.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** Users in the export of an account, without their passwords, and when they signed in from each of their networks. */
@Injectable()
export class UsersExport {
  constructor(exports: AccountExports, users: UsersRepository, networks: SignInNetworksRepository) {
    exports.register<User>({
      name: 'users',
      page: (accountId, after, take, manager) => users.findMembers(accountId, after, take, manager),
      view: userDto,
    });
    exports.register<SignInNetwork>({
      name: 'sign_in_networks',
      page: (accountId, after, take, manager) =>
        networks.findOfAccount(accountId, after?.digest, take, manager),
      // The digest would tell whether two users share a network, and nothing else.
      view: (network) => ({ user_id: network.userId, last_signed_in_at: network.lastSignedInAt }),
    });
  }
}
