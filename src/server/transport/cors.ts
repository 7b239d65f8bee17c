import type { IncomingMessage, ServerResponse } from 'node:http';
import { METHODS } from './methods.js';

/** Headers of our answers that pages may read, besides those that the Fetch standard always lets them read. */
const EXPOSED = ['Allow', 'Link', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'].join(', ');

const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': [...METHODS].join(', '),
  'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, X-Request-Id',
  // The most that Chromium takes.
  'access-control-max-age': '7200',
};

/**
 * Lets pages of the listed origins call the API, without cookies or other credentials of the browser (S-213).
 *
 * The gate asks it before it checks anything, so that a page can read every refusal. The frameworks' CORS packages
 * differ from each other, and come after the gate.
 */
export class Cors {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Headers of an answer to a page of this origin; none for an origin that is not listed. */
  headersFor(origin: string | undefined): Readonly<Record<string, string>> {
    if (origin === undefined || !this.origins.has(origin)) return {};
    return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
  }

  /** @returns whether the request is a preflight of a listed origin, whose answer is complete with these headers */
  addHeaders({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
    const added = Object.entries(this.headersFor(headers.origin));
    for (const [name, value] of added) response.setHeader(name, value);
    const isPreflight = method === 'OPTIONS' && 'access-control-request-method' in headers;
    if (added.length === 0 || !isPreflight) return false;
    for (const [name, value] of Object.entries(PREFLIGHT_HEADERS)) response.setHeader(name, value);
    if (headers['access-control-request-private-network'] === 'true') {
      response.setHeader('access-control-allow-private-network', 'true');
    }
    return true;
  }
}
