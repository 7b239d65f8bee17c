// Makes webhooks over HTTP.
import { request, type Reachable } from '../support/http.js';
import type { Member } from '../support/members.js';

export const WEBHOOK = '/api/v1/account/webhook';

export interface TestWebhook {
  readonly id: string;
  readonly secret: string;
}

export async function newWebhook(
  service: Reachable,
  { bearer }: Pick<Member, 'bearer'>,
  url: string,
  events: readonly string[] = ['*'],
): Promise<TestWebhook> {
  const json = { url, events };
  const { status, body, text } = await request(service, 'POST', WEBHOOK, { bearer, json });
  if (status !== 201) throw new Error(`a webhook was not created: ${text}`);
  return body as TestWebhook;
}

/** What the account sees of the deliveries of a webhook, newest first. */
export async function deliveriesOf(
  service: Reachable,
  { bearer }: Pick<Member, 'bearer'>,
  { id }: Pick<TestWebhook, 'id'>,
) {
  const { body } = await request(service, 'GET', `${WEBHOOK}/${id}/delivery`, { bearer });
  return body as readonly {
    readonly id: string;
    readonly event_id: string;
    readonly event: string;
    readonly status: string;
    readonly attempts: number;
    readonly response_status: number | null;
    readonly failure: string | null;
    readonly next_attempt_at_utc: number | null;
  }[];
}
