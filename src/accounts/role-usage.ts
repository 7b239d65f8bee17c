import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

type AssignmentQuery = (
  accountId: string,
  role: string,
  manager: EntityManager,
) => Promise<boolean>;

/** Tells whether a user or an API key of an account has a role. The rooms above register the queries. */
@Injectable()
export class RoleUsage {
  private readonly queries: AssignmentQuery[] = [];

  /** @param isAssigned whether a row of one table (users, API keys) has the role */
  register(isAssigned: AssignmentQuery): void {
    this.queries.push(isAssigned);
  }

  async isAssigned(accountId: string, role: string, manager: EntityManager): Promise<boolean> {
    for (const isAssigned of this.queries) {
      if (await isAssigned(accountId, role, manager)) return true;
    }
    return false;
  }
}
