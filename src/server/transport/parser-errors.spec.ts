import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { setRequestFacts } from '../../common/transport/request-facts.js';
import type { AccessLog } from '../logging/access-log.js';
import { answerParserErrors } from './parser-errors.js';

/** What becomes of a connection with that error: its answer, its end and the lines of the log. */
function outcomeOf(code: string, connection: object = {}) {
  const server = new EventEmitter();
  const lines: unknown[] = [];
  const accessLog = {
    writeUnparsed: (...line: unknown[]) => void lines.push(line),
  } as unknown as AccessLog;
  answerParserErrors(server as Server, { accessLog, cors: undefined });
  let answer: string | undefined;
  let ending: string | undefined;
  const socket = {
    writable: true,
    remoteAddress: '::ffff:192.0.2.7',
    end: (text: string) => void (answer = text),
    destroy: () => void (ending = 'at once'),
    destroySoon: () => void (ending = 'after its answer'),
    ...connection,
  };
  server.emit('clientError', Object.assign(new Error('x'), { code }), socket);
  const id = /^X-Request-Id: (\S+)/m.exec(answer ?? '')?.[1];
  return { answer, ending, id, lines };
}

const requestUnderWay = (headersSent: boolean, complete = false, url = '/oauth/me') => {
  const req = { headers: {}, complete, url } as IncomingMessage;
  setRequestFacts(req, { id: 'request-1', clientAddress: '192.0.2.1' });
  return { _httpMessage: { req, headersSent } };
};

describe('an error of the HTTP parser', () => {
  it.each([
    ['HPE_INVALID_METHOD', 400, 40001],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 40801],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413, 41301],
    ['HPE_HEADER_OVERFLOW', 431, 43101],
  ])('%s is answered with %i %i, and logged (S-142, S-149)', (error, status, code) => {
    const { answer = '', id, lines } = outcomeOf(error);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^cache-control: no-store$/m);
    expect(JSON.parse(body)).toEqual({ code, message: expect.any(String) });
    expect(lines).toEqual([[{ id, clientAddress: '192.0.2.7' }, status]]);
  });

  it('is answered with HSTS over TLS only (S-118)', () => {
    const hsts = /^strict-transport-security: max-age=31536000/m;
    expect(outcomeOf('HPE_INVALID_METHOD').answer).not.toMatch(hsts);
    expect(outcomeOf('HPE_INVALID_METHOD', { encrypted: true }).answer).toMatch(hsts);
  });

  it('in a body is answered with the id of its request, which the gate logs (S-149)', () => {
    const { id, lines } = outcomeOf('ERR_HTTP_REQUEST_TIMEOUT', requestUnderWay(false));
    expect([id, lines]).toEqual(['request-1', []]);
  });

  it('in the body of a token request is answered with the members of RFC 6749 (S-142)', () => {
    const underWay = requestUnderWay(false, false, '/oauth/token');
    const { answer = '' } = outcomeOf('HPE_INVALID_CHUNK_SIZE', underWay);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: 'invalid_request',
      error_description: expect.any(String),
    });
  });

  it('after a complete request leaves its answer as the last one of the connection', () => {
    const underWay = requestUnderWay(false, true);
    const { answer, ending } = outcomeOf('HPE_INVALID_METHOD', underWay);
    expect([answer, ending]).toEqual([undefined, undefined]);
    expect(underWay).toMatchObject({ _httpMessage: { shouldKeepAlive: false } });
  });

  it('after the head of an answer gets no second one (S-122)', () => {
    const { answer, ending } = outcomeOf('HPE_INVALID_METHOD', requestUnderWay(true));
    expect([answer, ending]).toEqual([undefined, 'after its answer']);
  });

  it.each([
    ['reset', 'ECONNRESET', {}],
    ['cannot be written to', 'HPE_INVALID_METHOD', { writable: false }],
    ['not encrypted yet', 'ERR_TLS_HANDSHAKE_TIMEOUT', {}],
  ])('ends a connection that is %s', (_, code, connection) => {
    const { answer, ending } = outcomeOf(code, connection);
    expect([answer, ending]).toEqual([undefined, 'at once']);
  });
});
