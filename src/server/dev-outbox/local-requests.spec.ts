import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { setRequestFacts } from '../../common/transport/request-facts.js';
import { isOfThisMachine } from './local-requests.js';

interface Arrival {
  readonly clientAddress?: string;
  readonly httpVersion?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function arriving({ clientAddress = '127.0.0.1', httpVersion = '1.1', headers = {} }: Arrival) {
  const sent = { host: 'localhost:3000', ...headers };
  const rawHeaders = Object.entries(sent).flat();
  const request = { headers: sent, rawHeaders, httpVersion } as unknown as IncomingMessage;
  setRequestFacts(request, { id: 'request-1', clientAddress });
  return request;
}

const forwarded = { 'x-forwarded-proto': 'https' };

describe('a request of this machine', () => {
  it.each<Arrival>([
    {},
    { clientAddress: '::1', headers: { host: '[::1]' } },
    { clientAddress: '::ffff:127.0.0.1' },
    { headers: { host: 'auth.localhost' } },
    { headers: { ...forwarded, 'x-forwarded-for': '127.0.0.1' } },
    { headers: { ...forwarded, 'x-forwarded-for': '::1, 127.0.0.1' }, httpVersion: '1.0' },
  ])('is %j', (arrival) => expect(isOfThisMachine(arriving(arrival))).toBe(true));

  it.each<Arrival>([
    { clientAddress: '192.0.2.1' },
    { clientAddress: '' },
    { headers: { host: '' } },
    { headers: { host: 'evil.example' } },
    { headers: { host: 'localhost.evil.example' } },
    { headers: { host: '127.0.0.1.evil.example' } },
    { headers: forwarded },
    { headers: { via: '1.1 proxy' } },
    { headers: { forwarded: 'for=127.0.0.1' } },
    { headers: { 'x-real-ip': '127.0.0.1' } },
    { headers: { ...forwarded, 'x-forwarded-for': '203.0.113.9' } },
    { headers: { ...forwarded, 'x-forwarded-for': '127.0.0.1, 203.0.113.9' } },
    { headers: { ...forwarded, 'x-forwarded-for': '127.0.0.1,' } },
    { httpVersion: '1.0' },
  ])('is not %j', (arrival) => expect(isOfThisMachine(arriving(arrival))).toBe(false));
});
