import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares secrets as digests of one length: neither length nor content shows in the time (S-23). */
export function constantTimeEqual(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(secret: string | Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest();
}
