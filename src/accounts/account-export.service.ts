import { Injectable } from '@nestjs/common';
import { by, type Caller } from '../access/principal.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { AccountExports } from '../exports/account-exports.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { AccountsService } from './accounts.service.js';
import { ActorAuthorization } from './actor-authorization.js';
import { accountDto } from './dto/account.dto.js';
import { roleDto } from './dto/role.dto.js';
import { ownRoleView } from './role-view.js';
import type { Role } from './role.entity.js';
import { RolesRepository } from './roles.repository.js';

/** Exports everything that is held about an account, for its owner. */
@Injectable()
export class AccountExportService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly authorization: ActorAuthorization,
    private readonly exports: AccountExports,
    private readonly limits: ActionLimits,
    private readonly database: Database,
    private readonly clock: Clock,
    roles: RolesRepository,
  ) {
    exports.register<Role>({
      name: 'roles',
      page: (accountId, after, take, manager) => roles.findPage(accountId, after, take, manager),
      view: (role) => roleDto(ownRoleView(role)),
    });
  }

  /**
   * Admits and audits the export, and gives its JSON, which is read while it is sent.
   *
   * @throws CodedException 40103, 40302, 40410, 42901, 50301
   */
  async begin(caller: Caller): Promise<AsyncGenerator<string>> {
    const { accountId } = caller;
    await this.limits.count('account_export', { account: accountId });
    await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(caller, { needs: ['owner'] }, manager);
        return null;
      },
      // It has no row of its own to look for.
      () => Promise.resolve(undefined),
      NO_ACCESS,
      () => [{ name: 'account.exported', ...by(caller) }],
    );
    const account = accountDto(await this.accounts.get(accountId));
    return this.exports.json(accountId, { exported_at: this.clock.now(), account });
  }
}
