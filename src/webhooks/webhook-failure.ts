/**
 * Why an attempt failed, as its account sees it. A host without an address and one in a private network are one failure,
 * so that nobody learns the names and addresses of our network.
 */
export const WEBHOOK_FAILURES = [
  'address',
  'connection',
  'tls',
  'timeout',
  'redirect',
  'status',
  'secret',
] as const;

export type WebhookFailure = (typeof WEBHOOK_FAILURES)[number];
