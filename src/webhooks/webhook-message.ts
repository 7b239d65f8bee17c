import { createHmac } from 'node:crypto';
import type { GatehouseEvent } from '../events/gatehouse-event.js';
import { bytesOf } from './signing-secrets.js';

/** A request in the form of Standard Webhooks: https://www.standardwebhooks.com */
export interface WebhookMessage {
  readonly id: string;
  readonly body: string;
}

/** The body of an event: its name, its time, and the ids of which it consists. */
export function bodyOf({ id: _id, name, at, ...facts }: GatehouseEvent): string {
  const data = Object.fromEntries(
    Object.entries(facts).map(([fact, value]) => [snakeCase(fact), value as unknown]),
  );
  return JSON.stringify({ type: name, timestamp: new Date(at).toISOString(), data });
}

/**
 * The headers of Standard Webhooks.
 *
 * @param secrets each of them signs, so that a receiver may have either during a rotation
 * @param now time of the attempt, in ms since the epoch
 */
export function messageHeaders(
  { id, body }: WebhookMessage,
  secrets: readonly string[],
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', bytesOf(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
