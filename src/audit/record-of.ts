import type { AuditEntry } from '../events/audit-entry.js';
import type { AuditRecord } from './audit-record.entity.js';

/** The row of an act, which fits its columns whatever a host or client has given. */
export function recordOf(entry: AuditEntry): AuditRecord {
  return {
    id: entry.id,
    createdAt: entry.at,
    accountId: fittedId(entry.accountId),
    event: entry.event,
    outcome: entry.outcome,
    actorId: fittedId(entry.actorId),
    actorType: entry.actorType,
    targetId: fittedId(entry.targetId),
    userId: fittedId(entry.userId),
    apiKeyId: fittedId(entry.apiKeyId),
    sessionId: fittedId(entry.sessionId),
    ipAddress: fitted(entry.clientAddress, 45),
    requestId: fitted(entry.requestId, 64),
    reason: fitted(entry.reason, MAX_REASON_LENGTH),
  };
}

export const MAX_REASON_LENGTH = 1000;

/** No fault of a text may make an act impossible: PostgreSQL takes no NUL, and a column only so many characters. */
export function fitted(text: string | undefined, length: number): string | null {
  if (text === undefined) return null;
  // By way of UTF-8, which has no half of a character.
  const storable = Buffer.from(text).toString().replaceAll('\0', '\uFFFD');
  return storable.length <= length ? storable : [...storable].slice(0, length).join('');
}

const MAX_ID_LENGTH = 36;

/** An id that a host has given. What does not fit ends with a mark, so that it is no other id. */
export function fittedId(id: string): string;
export function fittedId(id: string | undefined): string | null;
export function fittedId(id: string | undefined): string | null {
  if (id === undefined) return null;
  // The columns take only ASCII on MySQL.
  const storable = id.replaceAll(/[^\x20-\x7e]/g, '?');
  return storable.length <= MAX_ID_LENGTH ? storable : `${storable.slice(0, MAX_ID_LENGTH - 1)}~`;
}
