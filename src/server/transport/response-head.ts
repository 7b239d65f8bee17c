import { ServerResponse } from 'node:http';

/** Headers that all replies of a kind have in common, by name in lower case. */
export class CommonHeaders {
  /** Names and values alternately, the form that Node writes fastest. */
  readonly list: readonly string[];

  constructor(readonly byName: Readonly<Record<string, string>>) {
    this.list = Object.entries(byName).flat();
  }
}

const REQUEST_ID = 'x-request-id';
/** Headers that a framework sets for a body; none of them is a common header. */
const BODY_HEADERS: ReadonlySet<string> = new Set(['content-type', 'content-length']);

/** Adds the request id and the common headers to a reply; a header of the same name that is set later replaces them. */
export function addHeaders(
  response: ServerResponse,
  requestId: string,
  common: CommonHeaders,
): void {
  if (response instanceof HeadedResponse) {
    response.requestId = requestId;
    response.common = common;
    return;
  }
  response.setHeader(REQUEST_ID, requestId);
  const { byName } = common;
  for (const name in byName) response.setHeader(name, byName[name] ?? '');
}

/**
 * Adds the common headers when the head is written, all at once. With `setHeader` Node would check and store each name
 * and value, and then write the head more slowly: six of them take as long as the whole routing.
 *
 * For servers whose response class can be set, such as Fastify's.
 */
export class HeadedResponse extends ServerResponse {
  requestId = '';
  common: CommonHeaders | undefined = undefined;

  override writeHead(status: number, ...rest: unknown[]): this {
    const { common, requestId } = this;
    if (!common) return super.writeHead(status, ...(rest as []));
    const [own] = rest;
    if (rest.length === 1 && hasOnlyBodyHeaders(own) && this.getHeaderNames().length === 0) {
      const list = [REQUEST_ID, requestId, ...common.list];
      for (const name in own) list.push(name, own[name] ?? '');
      return super.writeHead(status, list);
    }
    const given = { [REQUEST_ID]: requestId, ...common.byName };
    for (const [name, value] of Object.entries(given)) {
      if (!this.hasHeader(name)) this.setHeader(name, value);
    }
    return super.writeHead(status, ...(rest as []));
  }
}

/** Whether there are only headers of the body, in lower case, as in most replies. */
function hasOnlyBodyHeaders(headers: unknown): headers is Record<string, string> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false;
  for (const name in headers) if (!BODY_HEADERS.has(name)) return false;
  return true;
}
