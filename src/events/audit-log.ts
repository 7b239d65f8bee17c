import { Injectable, Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import { escapedJson } from '../common/escaped-json.js';
import { auditEntry, type AuditEntry } from './audit-entry.js';
import { EventBus } from './event-bus.js';

/** Events whose user is the target of an action, and not the actor. */
const TARGETS_USER: ReadonlySet<string> = new Set([
  'owner.changed',
  'user.changed',
  'user.created',
  'user.deleted',
]);

/** Stands for address and request id of an event that no request caused. */
const NO_REQUEST = 'none';

/** Writes one structured log line for each event, with all facts of S-148. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  constructor(bus: EventBus) {
    bus.subscribe((event) => this.logger.log(auditLine(auditEntry(event))));
  }
}

/** A line of the audit log: a logger that writes JSON gets its facts as members, any other one its text. */
export class AuditLine {
  constructor(
    readonly event: string,
    facts: Readonly<Record<string, string>>,
  ) {
    Object.assign(this, facts);
  }

  toString(): string {
    const { event, ...facts } = this;
    const text = Object.entries(facts).map(([fact, value]) => `${fact}=${escapedJson(value)}`);
    return [event, ...text].join(' ');
  }

  /** For Nest's ConsoleLogger. */
  [inspect.custom](): string {
    return this.toString();
  }
}

function auditLine(entry: AuditEntry): AuditLine {
  const { event, outcome, at, actorType, actorId, accountId, reason } = entry;
  const facts = {
    outcome,
    at: new Date(at).toISOString(),
    actorType,
    actorId,
    accountId,
    ...idsOf(entry),
    clientAddress: entry.clientAddress ?? NO_REQUEST,
    requestId: entry.requestId ?? NO_REQUEST,
    reason,
  };
  const known = Object.entries(facts).filter(
    (fact): fact is [string, string] => fact[1] !== undefined,
  );
  return new AuditLine(event, Object.fromEntries(known));
}

/** Each id once: as the target only where it has no name of its own. */
function idsOf({ event, accountId, targetId, userId, apiKeyId, sessionId }: AuditEntry) {
  const named = { userId: TARGETS_USER.has(event) ? undefined : userId, apiKeyId, sessionId };
  const isNamed = [accountId, ...Object.values(named)].includes(targetId);
  return { ...named, targetId: isNamed ? undefined : targetId };
}
