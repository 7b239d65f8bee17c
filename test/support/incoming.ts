// A request as Node's parser returns it, with the members that the transport reads.
import type { IncomingMessage } from 'node:http';

export interface Incoming {
  readonly url?: string;
  readonly peer?: string;
  readonly encrypted?: boolean;
  /** Name and value as sent; a name may occur twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export function incoming({
  url = '/',
  peer = '192.0.2.1',
  encrypted = false,
  headers = [],
}: Incoming): IncomingMessage {
  const distinct: Record<string, string[]> = {};
  for (const [name, value] of headers) (distinct[name.toLowerCase()] ??= []).push(value);
  const joined = Object.fromEntries(
    Object.entries(distinct).map(([name, values]) => [name, values.join(', ')]),
  );
  return {
    url,
    method: 'GET',
    headers: joined,
    rawHeaders: headers.flat(),
    socket: { remoteAddress: peer, encrypted },
  } as unknown as IncomingMessage;
}
