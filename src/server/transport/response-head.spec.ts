import { describe, expect, it } from '@jest/globals';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { addHeaders, CommonHeaders, HeadedResponse } from './response-head.js';

const COMMON = new CommonHeaders({ 'cache-control': 'no-store' });

/** The lines of the response head, without those that Node adds. */
function headOf(answer: (response: ServerResponse) => void, Response = HeadedResponse): string[] {
  const response = new Response(new IncomingMessage(new Socket()));
  addHeaders(response, 'one', COMMON);
  answer(response);
  const { _header: head } = response as unknown as { _header: string };
  const own = /^(date|connection|keep-alive|transfer-encoding):/i;
  return head
    .trim()
    .split('\r\n')
    .filter((line) => !own.test(line))
    .map((line) => line.toLowerCase())
    .sort();
}

describe.each([
  ['a HeadedResponse', HeadedResponse],
  ["Node's own", ServerResponse as unknown as typeof HeadedResponse],
])('headers that every reply carries, on %s', (_, Response) => {
  const head = (answer: (response: ServerResponse) => void) => headOf(answer, Response);

  it.each<[string, (response: ServerResponse) => void]>([
    ['at once, as Fastify does', (response) => response.writeHead(200, { 'content-length': 0 })],
    [
      'one by one, as Express does',
      (response) => {
        response.setHeader('Content-Length', 0);
        response.writeHead(200);
      },
    ],
    [
      'in both ways',
      (response) => {
        response.setHeader('Content-Length', 0);
        response.writeHead(200, {});
      },
    ],
    ['with words', (response) => response.writeHead(200, 'OK', { 'Content-Length': 0 })],
    ['as a list', (response) => response.writeHead(200, ['content-length', '0'] as never)],
  ])('are sent with headers that are set %s (S-125, S-149)', (_way, answer) => {
    expect(head(answer)).toEqual([
      'cache-control: no-store',
      'content-length: 0',
      'http/1.1 200 ok',
      'x-request-id: one',
    ]);
  });

  it('are sent when no other header is set', () => {
    expect(head((response) => response.flushHeaders())).toEqual([
      'cache-control: no-store',
      'http/1.1 200 ok',
      'x-request-id: one',
    ]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['at once', (response) => response.writeHead(200, { 'cache-control': 'public' })],
    ['in another spelling', (response) => response.writeHead(200, { 'Cache-Control': 'public' })],
    [
      'before',
      (response) => {
        response.setHeader('Cache-Control', 'public');
        response.writeHead(200);
      },
    ],
  ])('are replaced by a header of the same name that is set %s', (_way, answer) => {
    expect(head(answer)).toEqual(['cache-control: public', 'http/1.1 200 ok', 'x-request-id: one']);
  });
});
