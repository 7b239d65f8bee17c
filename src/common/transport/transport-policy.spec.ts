import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { codeOf } from '../../../test/support/unit.js';
import { requestFacts, setRequestFacts } from './request-facts.js';
import { TransportPolicy, type TransportOptions } from './transport-policy.js';

function policy(options: Partial<TransportOptions> = {}): TransportPolicy {
  return new TransportPolicy({
    trustProxy: [],
    https: 'except_loopback',
    revokesExposed: true,
    ...options,
  });
}

function requestFrom(
  remoteAddress: string,
  headers: Record<string, string> = {},
  encrypted = false,
): IncomingMessage {
  const rawHeaders = Object.entries(headers).flat();
  return { headers, rawHeaders, socket: { remoteAddress, encrypted } } as never;
}

const verdict = (each: TransportPolicy, request: IncomingMessage) =>
  codeOf(() => each.admit(request));

describe('TransportPolicy', () => {
  it.each<[string, IncomingMessage, Partial<TransportOptions>, number | undefined]>([
    ['HTTPS', requestFrom('192.0.2.7', {}, true), { https: 'required' }, undefined],
    ['plain HTTP of this machine', requestFrom('127.0.0.1'), {}, undefined],
    ['that, where HTTPS is required', requestFrom('127.0.0.1'), { https: 'required' }, 40301],
    ['plain HTTP from elsewhere', requestFrom('192.0.2.7'), {}, 40301],
    ['that, where nobody asks', requestFrom('192.0.2.7'), { https: 'unchecked' }, undefined],
    [
      'what a stranger says is HTTPS',
      requestFrom('192.0.2.7', { 'x-forwarded-proto': 'https' }),
      {},
      40301,
    ],
    [
      'what a trusted proxy says is HTTPS',
      requestFrom('192.0.2.7', { 'x-forwarded-proto': 'https' }),
      { trustProxy: ['192.0.2.0/24'] },
      undefined,
    ],
  ])('judges %s (contract §1, S-115)', async (_, request, options, code) => {
    expect(await verdict(policy(options), request)).toBe(code);
  });

  it('refuses a request that it refused before, however many resolvers of it ask', async () => {
    const each = policy();
    const request = requestFrom('192.0.2.7');
    for (let asked = 0; asked < 3; asked++) expect(await verdict(each, request)).toBe(40301);
  });

  it('reports an exposed credential once, after the refusal (S-200)', async () => {
    const each = policy();
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    const request = requestFrom('192.0.2.7', { authorization: 'Bearer abc' });
    await verdict(each, request);
    await verdict(each, request);
    await turn();
    expect(exposed).toEqual(['Bearer abc']);
  });

  it('reports nothing where it is told not to', async () => {
    const each = policy({ revokesExposed: false });
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    await verdict(each, requestFrom('192.0.2.7', { authorization: 'Bearer abc' }));
    await turn();
    expect(exposed).toEqual([]);
  });

  it('takes a look at its facts for no look at the request', async () => {
    const request = requestFrom('192.0.2.7');
    expect(requestFacts(request).clientAddress).toBe('192.0.2.7');
    expect(await verdict(policy(), request)).toBe(40301);
  });

  it('believes the gate that looked before', () => {
    const request = requestFrom('192.0.2.7');
    setRequestFacts(request, { id: 'x', clientAddress: '198.51.100.1' });
    policy().admit(request);
    expect(requestFacts(request).clientAddress).toBe('198.51.100.1');
  });
});
