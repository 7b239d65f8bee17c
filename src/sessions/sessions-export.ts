import { Injectable } from '@nestjs/common';
import { AccountExports } from '../exports/account-exports.js';
import type { RefreshToken } from './refresh-token.entity.js';
import { sessionView } from './session-view.js';
import { SessionsRepository } from './sessions.repository.js';

/** Sessions in the export of an account, also those that have ended. */
@Injectable()
export class SessionsExport {
  constructor(exports: AccountExports, sessions: SessionsRepository) {
    exports.register<RefreshToken>({
      name: 'sessions',
      page: (accountId, after, take, manager) =>
        sessions.findOfAccount(accountId, after?.id, take, manager),
      view: (session) => ({
        ...sessionView(session),
        user_id: session.userId,
        api_key_id: session.apiKeyId,
        scope: session.scope,
        revoked_at: session.revokedAt,
      }),
    });
  }
}
