import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { hostRequestId } from './request-facts.js';

const NEW_ID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('the request id in a host (S-149)', () => {
  const idOf = (id: unknown, header?: string, isWrapped = false) => {
    const headers = header === undefined ? {} : { 'x-request-id': header };
    const raw = { headers } as unknown as IncomingMessage;
    return hostRequestId((isWrapped ? { id, raw } : Object.assign(raw, { id })) as never);
  };

  it.each([
    ["the host's own", 'abc-1', undefined, 'abc-1'],
    ["the host's own, a number", 7, undefined, '7'],
    ["the host's own beside the client's", 'abc-1', 'xyz-2', 'abc-1'],
    ["the client's beside a counter of Fastify", 'req-1k', 'xyz-2', 'xyz-2'],
    ['a counter of Fastify alone', 'req-1k', undefined, 'req-1k'],
    ["the client's", undefined, 'xyz-2', 'xyz-2'],
  ])('is %s', (_, id, header, expected) => {
    for (const isWrapped of [true, false]) expect(idOf(id, header, isWrapped)).toBe(expected);
  });

  it.each([
    ['there is none', undefined, undefined],
    ['it has another form', 'a b', 'x"y'],
    ['it is too long', 'a'.repeat(65), 'b'.repeat(65)],
    ['it is no text', ['abc'], ''],
  ])('is a new one where %s', (_, id, header) => {
    expect(idOf(id, header)).toMatch(NEW_ID);
  });
});
