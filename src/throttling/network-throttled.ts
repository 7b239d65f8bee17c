import type { Origin } from '../common/transport/request-facts.js';
import { ANONYMOUS, type NewEvent } from '../events/gatehouse-event.js';

/** The event of a network that has used up its failures. It names nobody, because it is about no user and no key. */
export function networkThrottled({
  clientAddress,
  requestId,
}: Partial<Origin>): NewEvent<'sign_in.throttled'> {
  const reason = 'delay of the network';
  return { name: 'sign_in.throttled', ...ANONYMOUS, clientAddress, requestId, reason };
}
