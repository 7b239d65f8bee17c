import type { GatehouseEvent } from '../events/gatehouse-event.js';

/** Id of what an event is about, by which events are kept in order; a session's events are about its user or key. */
export function subjectOf(event: GatehouseEvent): string {
  if (event.name.startsWith('account.') || event.name === 'owner.changed') return event.accountId;
  if ('webhookId' in event) return event.webhookId;
  if ('roleId' in event) return event.roleId;
  if ('userId' in event && event.userId !== undefined) return event.userId;
  if ('apiKeyId' in event && event.apiKeyId !== undefined) return event.apiKeyId;
  return event.accountId;
}
