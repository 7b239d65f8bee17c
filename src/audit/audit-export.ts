import { Injectable } from '@nestjs/common';
import { AccountExports } from '../exports/account-exports.js';
import type { AuditRecord } from './audit-record.entity.js';
import { AuditRecordsRepository } from './audit-records.repository.js';
import { auditRecordDto } from './dto/audit-record.dto.js';

/** The audit trail in the export of an account. */
@Injectable()
export class AuditExport {
  constructor(exports: AccountExports, records: AuditRecordsRepository) {
    exports.register<AuditRecord>({
      name: 'audit_records',
      page: (accountId, after, take, manager) =>
        records.findPage(accountId, {}, after, take, manager),
      view: (record) => ({
        ...auditRecordDto(record),
        user_id: record.userId,
        api_key_id: record.apiKeyId,
        session_id: record.sessionId,
      }),
    });
  }
}
