import { Injectable } from '@nestjs/common';
import { AccountExports } from '../exports/account-exports.js';
import type { OneTimeLink } from './one-time-link.entity.js';
import { OneTimeLinksRepository } from './one-time-links.repository.js';

/** Open links in the export of an account. */
@Injectable()
export class LinksExport {
  constructor(exports: AccountExports, links: OneTimeLinksRepository) {
    exports.register<OneTimeLink>({
      name: 'one_time_links',
      page: (accountId, after, take, manager) =>
        links.findOfAccount(accountId, after?.id, take, manager),
      view: (link) => ({
        id: link.id,
        purpose: link.purpose,
        user_id: link.userId,
        email_address: link.address,
        role: link.role,
        created_by: link.createdBy,
        created_by_type: link.createdByType,
        created_at_utc: link.createdAt,
        expires_at: link.expiresAt,
      }),
    });
  }
}
