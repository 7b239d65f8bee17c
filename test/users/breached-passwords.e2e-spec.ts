import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { breachedPasswords } from '../../src/users/password-policy/breached-passwords.js';
import { createCertificate, type TestCertificate } from '../support/certificate.js';
import { nodeOfTheProduct } from '../support/node.js';

const BUILT = join(import.meta.dirname, '../../dist/users/password-policy/breached-passwords.js');
const KNOWN = 'four brown bears by a blue lake';
const OTHER = 'three grey geese in a green field';

/** The SHA-1 of a password as the range API has it. */
const digestOf = (password: string) =>
  // oxlint-disable-next-line gatehouse/no-weak-hash -- the range API is by SHA-1
  createHash('sha1').update(password).digest('hex').toUpperCase();

describe('breachedPasswords', () => {
  let certificate: TestCertificate;
  let server: Server;
  let url: string;
  const received: IncomingMessage[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  beforeAll(async () => {
    certificate = await createCertificate();
    const options = { cert: certificate.cert, key: readFileSync(certificate.keyFile) };
    server = createServer(options, (request, response) => {
      received.push(request);
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://localhost:${(server.address() as AddressInfo).port}/range`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** The verdicts of a process that trusts the certificate, or the errors. */
  async function verdicts(passwords: readonly string[], options: object = {}): Promise<unknown[]> {
    received.length = 0;
    const program = `
      import { breachedPasswords } from ${JSON.stringify(pathToFileURL(BUILT))};
      const isBreached = breachedPasswords(${JSON.stringify({ url, ...options })});
      const verdicts = [];
      for (const password of ${JSON.stringify(passwords)}) {
        verdicts.push(await isBreached(password).catch((error) => error.name + ': ' + error.message));
      }
      console.log(JSON.stringify(verdicts));`;
    const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate.certFile };
    const args = ['--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(nodeOfTheProduct, args, { env });
    return JSON.parse(stdout) as unknown[];
  }

  it('sends five hex digits of the SHA-1, asks for padding, and finds the rest (S-09)', async () => {
    const padding = `${'0'.repeat(34)}A:0`;
    answer = (_, response) =>
      response.end([padding, `${digestOf(KNOWN).slice(5)}:17`, padding].join('\r\n'));
    expect(await verdicts([KNOWN, OTHER])).toEqual([true, false]);
    expect(received.map(({ method, url: path }) => `${method} ${path}`)).toEqual(
      [KNOWN, OTHER].map((password) => `GET /range/${digestOf(password).slice(0, 5)}`),
    );
    for (const request of received) {
      expect(request.headers['add-padding']).toBe('true');
      // Nothing else of the digest or the password, in no header.
      const head = JSON.stringify(request.rawHeaders).toUpperCase();
      expect(head).not.toMatch(/BEARS|GEESE/);
      for (const password of [KNOWN, OTHER])
        expect(head).not.toContain(digestOf(password).slice(5, 12));
    }
  });

  it('takes padding with the count 0 for no breach, and digits in small letters for one (S-09)', async () => {
    const suffix = digestOf(KNOWN).slice(5);
    answer = (_, response) => response.end(`${suffix}:0\r\n`);
    expect(await verdicts([KNOWN])).toEqual([false]);
    answer = (_, response) => response.end(`${suffix.toLowerCase()}:2`);
    expect(await verdicts([KNOWN])).toEqual([true]);
  });

  it('fails for an error, for a redirection and without an answer in time, and leaves it to its caller', async () => {
    answer = (_, response) => response.writeHead(503).end();
    expect(await verdicts([KNOWN])).toEqual(['Error: the range API answered 503']);
    answer = (_, response) => response.writeHead(302, { Location: `${url}/elsewhere` }).end();
    expect(await verdicts([KNOWN])).toEqual([expect.stringMatching(/^TypeError: /)]);
    expect(received).toHaveLength(1);
    answer = () => undefined;
    expect(await verdicts([KNOWN], { timeoutMs: 50 })).toEqual([
      expect.stringMatching(/^TimeoutError: /),
    ]);
  });

  it('trusts no certificate that the machine does not know', async () => {
    answer = (_, response) => response.end(`${digestOf(KNOWN).slice(5)}:17`);
    received.length = 0;
    await expect(breachedPasswords({ url })(KNOWN)).rejects.toThrow('fetch failed');
    expect(received).toEqual([]);
  });

  it.each(['http://localhost/range/', 'ftp://localhost', 'localhost', ''])(
    'refuses the address %j, which is not https:',
    (wrong) => {
      expect(() => breachedPasswords({ url: wrong })).toThrow('url must be https:');
    },
  );
});
