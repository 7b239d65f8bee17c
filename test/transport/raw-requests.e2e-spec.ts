import { beforeAll, expect, it } from '@jest/globals';
import { rawExchange, request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const smuggled = 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n';
const post = 'POST /oauth/token HTTP/1.1\r\nHost: x\r\n';
/** On every answer (S-63, S-149, S-171). */
const HEADERS = [
  /^x-request-id: [\da-f-]{36}\r?$/im,
  /^cache-control: no-store\r?$/im,
  /^x-content-type-options: nosniff\r?$/im,
  /^referrer-policy: no-referrer\r?$/im,
  /^content-security-policy: default-src 'none'; frame-ancestors 'none'\r?$/im,
];
const get = 'GET /health HTTP/1.1\r\nHost: x\r\n';

describeTargets(
  'bytes that two parsers may read differently',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    /** Expects exactly one answer in the contract's form, after which the service closes the connection. */
    async function expectRefusedAndClosed(bytes: string, status: number, code: number) {
      const answer = await rawExchange(service, Buffer.from(bytes, 'latin1'), {
        untilClosed: true,
      });
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(head).toMatch(/content-type: application\/json; charset=utf-8/i);
      expect(head).toMatch(/connection: close/i);
      expect(head).not.toMatch(/^(server|x-powered-by):/im);
      for (const header of HEADERS) expect(head).toMatch(header);
      expect(head).not.toMatch(/^strict-transport-security:/im);
      expect(JSON.parse(body)).toMatchObject({ code, message: expect.any(String) });
      expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    }

    it.each([
      [
        'length, then chunks',
        `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
      [
        'chunks, then length',
        `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
      ],
      ['two lengths', `${post}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n`],
      ['a list of lengths', `${post}Content-Length: 0, 0\r\n\r\n`],
      ['a length with a sign', `${post}Content-Length: +0\r\n\r\n`],
      ['a coding after chunked', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
      ['a misspelt coding', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
      ['a bad chunk size', `${post}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n`],
      ['a bare LF in a chunk', `${post}Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n`],
    ])('are refused when the end of the body is ambiguous: %s (S-122)', async (_, bytes) => {
      await expectRefusedAndClosed(bytes + smuggled, 400, 40001);
    });

    it.each([
      ['a bare LF after the request line', `GET /health HTTP/1.1\nHost: x\r\n\r\n`],
      ['a bare LF after a header', `GET /health HTTP/1.1\r\nHost: x\nX-A: 1\r\n\r\n`],
      ['bare LFs at the end', `GET /health HTTP/1.1\r\nHost: x\n\n`],
      ['a bare CR in a header', `${get}X-A: 1\rX-B: 2\r\n\r\n`],
      ['a folded header', `${get}X-A: 1\r\n 2\r\n\r\n`],
      ['a header folded with a tab', `${get}X-A: 1\r\n\t2\r\n\r\n`],
      ['a space before the colon', `${get}Transfer-Encoding : chunked\r\n\r\n`],
      ['a header without a colon', `${get}X-A\r\n\r\n`],
      ['a NUL in a header', `${get}X-A: a\0b\r\n\r\n`],
      ['an unknown version', `GET /health HTTP/1.7\r\nHost: x\r\n\r\n`],
      ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
      ['bytes beyond ASCII in the path', 'GET /h\xe9alth HTTP/1.1\r\nHost: x\r\n\r\n'],
    ])(
      'are refused when the request line or a header is malformed: %s (S-122)',
      async (_, bytes) => {
        await expectRefusedAndClosed(bytes + smuggled, 400, 40001);
      },
    );

    it.each([
      ['none', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
      ['two', `${get}Host: y\r\nConnection: close\r\n\r\n`],
    ])('are refused without exactly one Host header: %s (S-122)', async (_, bytes) => {
      await expectRefusedAndClosed(bytes, 400, 40001);
    });

    it('are refused with headers above 16 KiB (S-139)', async () => {
      const long = `X-A: ${'a'.repeat(17_000)}\r\n`;
      const many = Array.from({ length: 2_000 }, (_, i) => `X-${i}: 1234567\r\n`).join('');
      await expectRefusedAndClosed(`${get}${long}\r\n`, 431, 43101);
      await expectRefusedAndClosed(`${get}${many}\r\n`, 431, 43101);
    });

    it('are refused with a request id that the log has too (S-149)', async () => {
      const answer = await rawExchange(service, 'GET /health HTTP/1.7\r\n\r\n', {
        untilClosed: true,
      });
      const id = /^x-request-id: (\S+)/im.exec(answer)?.[1] ?? '';
      expect(await untilOutput(service, `request=${id}`)).toMatch(
        / - - 400 \d+\.\dms ip=127\.0\.0\.1 /,
      );
    });

    it('are refused at once when they announce a body that is too large (S-127)', async () => {
      const head = `POST /api/v1/account HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
      // The rest never comes: a service that waited for it would exceed the time limit of this exchange.
      await expectRefusedAndClosed(`${head}Content-Length: 65537\r\n\r\n{"a":`, 413, 41301);
    });

    it('leave nothing behind for the next request (S-122)', async () => {
      const refused = `${post}Authorization: Basic a\r\nAuthorization: Basic b\r\nContent-Length: ${smuggled.length}\r\n\r\n`;
      await expectRefusedAndClosed(refused + smuggled, 400, 40001);
      expect((await request(service, 'GET', '/health')).status).toBe(200);
    });
  },
  { databases: ['sqlite'] },
);
