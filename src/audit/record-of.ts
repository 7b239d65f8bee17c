import type { AuditEntry } from '../events/audit-entry.js';
import type { AuditRecord } from './audit-record.entity.js';

/** The row of an act, which fits its columns whatever a host or client has given. */
export function recordOf(entry: AuditEntry): AuditRecord {
  return {
    id: entry.id,
    createdAt: entry.at,
    accountId: entry.accountId ?? null,
    event: entry.event,
    outcome: entry.outcome,
    actorId: entry.actorId,
    actorType: entry.actorType,
    targetId: fitted(entry.targetId, 36),
    userId: fitted(entry.userId, 36),
    apiKeyId: fitted(entry.apiKeyId, 36),
    sessionId: fitted(entry.sessionId, 36),
    ipAddress: fitted(entry.clientAddress, 45),
    requestId: fitted(entry.requestId, 64),
    reason: fitted(entry.reason, MAX_REASON_LENGTH),
  };
}

const MAX_REASON_LENGTH = 1000;

/** No fault of a text may make an act impossible: PostgreSQL takes no NUL, and a column only so many characters. */
export function fitted(text: string | undefined, length: number): string | null {
  if (text === undefined) return null;
  // By way of UTF-8, which has no half of a character.
  const storable = Buffer.from(text).toString().replaceAll('\0', '\uFFFD');
  return storable.length <= length ? storable : [...storable].slice(0, length).join('');
}
