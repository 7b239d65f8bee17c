import { Injectable, Logger } from '@nestjs/common';
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

/** Writes one structured log line for each event. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  constructor(bus: EventBus) {
    bus.subscribe((event) => this.write(event));
  }

  private write({ name, at: _at, ...facts }: DomainEvent): void {
    const text = Object.entries(facts)
      .flatMap(([fact, value]) => {
        if (value === undefined) return [];
        const isTarget = fact === 'roleId' || (fact === 'userId' && TARGETS_USER.has(name));
        const shown = fact === 'clientAddress' ? shownAddress(value) : value;
        return `${isTarget ? 'targetId' : fact}=${quoted(shown)}`;
      })
      .join(' ');
    this.logger.log(`${LINE_NAMES[name] ?? name} ${text}`);
  }
}

/** Text that needs no escaping, as in ids, addresses and reasons. */
const PLAIN = /^[\w .:@+/-]*$/;

/** Writes a JSON string, in which C1 controls, line separators and direction marks are escaped as well (S-150). */
function quoted(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // A JSON escape stands for one code unit, and some of these characters have two.
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
