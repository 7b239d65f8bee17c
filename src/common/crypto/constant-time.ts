import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares secrets as digests of equal length, so that the time reveals neither length nor content (S-23). */
export function constantTimeEqual(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(secret: string | Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest();
}
