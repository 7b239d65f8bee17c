import { Injectable, Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import { escapedJson } from '../common/escaped-json.js';
import { shownAddress } from '../common/transport/client-address.js';
import { EventBus } from './event-bus.js';
import type { DomainEvent, EventName } from './gatehouse-event.js';

/** Names in the log that differ from the event's name. */
const LINE_NAMES: Partial<Record<EventName, string>> = {
  'api_key.signed_in': 'sign_in.succeeded',
  'user.signed_in': 'sign_in.succeeded',
};

/** Events whose user is the target of an action, and not the actor. */
const TARGETS_USER: ReadonlySet<EventName> = new Set<EventName>([
  'owner.changed',
  'user.changed',
  'user.created',
  'user.deleted',
]);

/** Events of a request that was refused. */
const FAILURES: ReadonlySet<EventName> = new Set<EventName>([
  'access.denied',
  'access_token.refused',
  'api_key.exposed',
  'api_key.refused',
  'password.refused',
  'refresh_token.refused',
  'session.exposed',
  'session.reuse_detected',
  'sign_in.failed',
  'sign_in.throttled',
  'user.refused',
]);

/** Stands for address and request id of an event that no request caused. */
const NO_REQUEST = 'none';

/** Writes one structured log line for each event, with all facts of S-148. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  constructor(bus: EventBus) {
    bus.subscribe((event) => this.logger.log(auditLine(event)));
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

function auditLine(event: DomainEvent): AuditLine {
  const { id: _, name, at, accountId, actorId, actorType, ...others } = event;
  const { clientAddress, requestId, reason, ...ids } = others;
  const facts = {
    outcome: FAILURES.has(name) ? 'failure' : 'success',
    at: new Date(at).toISOString(),
    actorType,
    actorId,
    accountId,
    ...targets(name, ids),
    clientAddress: clientAddress === undefined ? NO_REQUEST : shownAddress(clientAddress),
    requestId: requestId ?? NO_REQUEST,
    reason,
  };
  const known = Object.entries(facts).filter(
    (fact): fact is [string, string] => fact[1] !== undefined,
  );
  return new AuditLine(LINE_NAMES[name] ?? name, Object.fromEntries(known));
}

function targets(name: EventName, ids: object): Record<string, string | undefined> {
  const named = Object.entries(ids).map(([fact, id]) => {
    const isTarget = fact === 'roleId' || (fact === 'userId' && TARGETS_USER.has(name));
    return [isTarget ? 'targetId' : fact, id === undefined ? undefined : String(id)];
  });
  return Object.fromEntries(named) as Record<string, string | undefined>;
}
