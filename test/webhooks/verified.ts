// oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { onDispose } from '../support/cleanup.js';
import type { Received } from './receiver.js';

/** The body of a request. */
export interface ReceivedEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Verdict {
  readonly number: number;
  readonly event?: ReceivedEvent;
  readonly fault?: string;
}

const waiting = new Map<number, (verdict: Verdict) => void>();
let worker: Worker | undefined;
let count = 0;

/** What a receiver with this secret makes of a request, by the package of Standard Webhooks; throws for a wrong signature. */
export async function verified(
  secret: string,
  { body, headers }: Pick<Received, 'body' | 'headers'>,
): Promise<ReceivedEvent> {
  const number = ++count;
  const verdict = new Promise<Verdict>((resolve) => waiting.set(number, resolve));
  verifier().postMessage({ number, secret, body, headers });
  const { event, fault } = await verdict;
  if (!event) throw new Error(fault);
  return event;
}

/** Whether the request is signed with this secret. */
export function isSignedWith(secret: string, received: Received): Promise<boolean> {
  return verified(secret, received).then(
    () => true,
    () => false,
  );
}

function verifier(): Worker {
  if (worker) return worker;
  const started = new Worker(join(import.meta.dirname, 'verify.mjs'));
  started.on('message', (verdict: Verdict) => waiting.get(verdict.number)?.(verdict));
  onDispose(() => started.terminate());
  worker = started;
  return started;
}
