import { Injectable, Logger } from '@nestjs/common';
import { shownAddress } from '../common/transport/client-address.js';
import { EventBus } from './event-bus.js';
import type { DomainEvent, EventName } from './gatehouse-event.js';

/** Names that lines have instead of the event's own. */
const LINE_NAMES: Partial<Record<EventName, string>> = {
  'api_key.signed_in': 'sign_in.succeeded',
  'user.signed_in': 'sign_in.succeeded',
};

/** Events whose user is the target of somebody else's act. */
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

/** As ids, addresses and reasons are: nothing in it is to be escaped. */
const PLAIN = /^[\w .:@+/-]*$/;

/** JSON that is also free of C1 controls, line separators and direction marks, which JSON leaves in (S-150). */
function quoted(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // An escape of JSON is one code unit, and some of these have two.
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
