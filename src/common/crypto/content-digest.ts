import { hash } from 'node:crypto';

/** By which content is recognised when it is read again, where memory is not to hold it. */
export function contentDigest(content: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(content), 'base64');
}
