import { Injectable } from '@nestjs/common';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { Database } from '../database/database.js';
import type { AuditRecord } from './audit-record.entity.js';
import { AuditRecordsRepository, type AuditFilters } from './audit-records.repository.js';

/** Reads the audit trail of an account. */
@Injectable()
export class AuditService {
  constructor(
    private readonly records: AuditRecordsRepository,
    private readonly database: Database,
    private readonly pages: Pages,
  ) {}

  /** Newest first. */
  list(
    { accountId }: { readonly accountId: string },
    query: PageQuery,
    filters: AuditFilters,
  ): Promise<Page<AuditRecord>> {
    const { event, actorId, targetId, from, to } = filters;
    const conditions = [event, actorId, targetId, from, to].map((each) => String(each ?? ''));
    return this.pages.page(query, ['audit', accountId, ...conditions], (after, take) =>
      this.database.read((manager) =>
        this.records.findPage(accountId, filters, after, take, manager),
      ),
    );
  }
}
