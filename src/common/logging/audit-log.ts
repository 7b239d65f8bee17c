import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock.js';
import { eventOf } from '../events/gatehouse-event.js';
import { GatehouseEvents } from '../events/gatehouse-events.js';
import { shownAddress } from '../transport/client-address.js';
import type { AuditEvent } from './audit-event.js';

/** Where audit events go: one structured log line each, and to whoever of the host listens. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  constructor(
    private readonly events: GatehouseEvents,
    private readonly clock: Clock,
  ) {}

  /** Only of what is committed: listeners will look. */
  record(audit: AuditEvent): void {
    const { event, ...facts } = audit;
    const text = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        const shown = name === 'clientAddress' ? shownAddress(value) : value;
        return `${name}=${quoted(shown)}`;
      })
      .join(' ');
    this.logger.log(`${event} ${text}`);
    const told = eventOf(audit, this.clock.now());
    if (told) this.events.tell(told);
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
