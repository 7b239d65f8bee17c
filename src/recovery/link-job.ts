import type { ClientFacts } from '../common/client.decorator.js';
import type { Origin } from '../common/transport/request-facts.js';

/** Facts of a job, which are texts. */
export type JobFacts = Readonly<Record<string, string>>;

/** The request that caused a job, for the audit trail. */
export function requestOf({ address, requestId }: Pick<ClientFacts, 'address' | 'requestId'>) {
  return { clientAddress: address, ...(requestId !== undefined && { requestId }) };
}

/** The same, for the event of the job. */
export function originOf({ clientAddress, requestId }: JobFacts): Partial<Origin> {
  return clientAddress === undefined ? {} : { clientAddress, requestId };
}
