import { ServerResponse } from 'node:http';

/** By name in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** A reply that has what every reply carries from the start, unless whoever answers sets others of that name. */
export function addHeaders(response: ServerResponse, headers: ResponseHeaders): void {
  if (response instanceof HeadedResponse) response.given = headers;
  else for (const name in headers) response.setHeader(name, headers[name] ?? '');
}

/**
 * Puts such headers in when the head is written, all at once. Each `setHeader` has Node look at name and value, keep
 * them, and then write the head the long way: six of them take as long as all the routing.
 *
 * For servers that can be told what class their replies are of, as Fastify's can.
 */
export class HeadedResponse extends ServerResponse {
  given: ResponseHeaders | undefined = undefined;

  override writeHead(status: number, ...rest: unknown[]): this {
    const { given } = this;
    const [own] = rest;
    if (
      given &&
      rest.length === 1 &&
      hasLowerCaseNames(own) &&
      this.getHeaderNames().length === 0
    ) {
      return super.writeHead(status, merged(given, own));
    }
    for (const name in given) if (!this.hasHeader(name)) this.setHeader(name, given[name] ?? '');
    return super.writeHead(status, ...(rest as []));
  }
}

/** As Fastify hands them over; in another spelling a name could stand twice. */
function hasLowerCaseNames(headers: unknown): headers is Record<string, string> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false;
  for (const name in headers) if (name !== name.toLowerCase()) return false;
  return true;
}

/** One after the other, as Node likes them best. */
function merged(given: ResponseHeaders, own: Readonly<Record<string, string>>): string[] {
  const list: string[] = [];
  for (const name in given) if (!(name in own)) list.push(name, given[name] ?? '');
  for (const name in own) list.push(name, own[name] ?? '');
  return list;
}
