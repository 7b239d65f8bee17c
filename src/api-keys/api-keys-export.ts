import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AccountExports } from '../exports/account-exports.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { apiKeyDto } from './dto/api-key.dto.js';

/** API keys in the export of an account, without their secrets and digests. */
@Injectable()
export class ApiKeysExport {
  constructor(exports: AccountExports, keys: ApiKeysRepository, clock: Clock) {
    exports.register<ApiKey>({
      name: 'api_keys',
      page: (accountId, after, take, manager) => keys.findPage(accountId, after, take, manager),
      view: (key) => ({ ...apiKeyDto(key, clock.now()), revoked_at: key.revokedAt }),
    });
  }
}
