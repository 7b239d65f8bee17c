import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

type Holders = (accountId: string, role: string, manager: EntityManager) => Promise<boolean>;

/** Asks the rooms above whether anybody of an account has a role. */
@Injectable()
export class RoleHolders {
  private readonly kinds: Holders[] = [];

  /** @param isHeldByAny whether one of that kind (users, keys) has the role */
  register(isHeldByAny: Holders): void {
    this.kinds.push(isHeldByAny);
  }

  async isHeld(accountId: string, role: string, manager: EntityManager): Promise<boolean> {
    for (const isHeldByAny of this.kinds) {
      if (await isHeldByAny(accountId, role, manager)) return true;
    }
    return false;
  }
}
