import { Injectable } from '@nestjs/common';
import { clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS } from '../events/gatehouse-event.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';

/** Refuses one-time links with one answer for every reason, which only the audit trail tells. */
@Injectable()
export class RefusedLinks {
  constructor(private readonly events: EventBus) {}

  /**
   * @param link `undefined` where the token is that of none
   * @returns the refusal to throw, once it is recorded
   * @throws CodedException 50301 when it cannot be stored (S-144)
   */
  async refusal(
    link: OneTimeLink | undefined,
    reason: string,
    client: ClientFacts,
  ): Promise<CodedException> {
    const { accountId, userId } = link ?? {};
    const facts = { ...ANONYMOUS, ...clientOrigin(client), accountId, userId, reason };
    await this.events.report({ name: 'link.refused', ...facts });
    return new CodedException(ERROR.LINK_INVALID, { detail: reason });
  }
}
