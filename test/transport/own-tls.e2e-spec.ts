import { beforeAll, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { createCertificate, type TestCertificate } from '../support/certificate.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp } from '../support/factories.js';
import { rawExchange, request } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

describeTargets(
  'a service that terminates TLS itself',
  (target) => {
    let service: TestService;
    let certificate: TestCertificate;
    /** The files that the settings name. */
    let certFile: string;
    let keyFile: string;
    beforeAll(async () => {
      certificate = await createCertificate();
      const directory = temporaryDirectory('tls');
      certFile = join(directory, 'tls.crt');
      keyFile = join(directory, 'tls.key');
      link(certificate);
      service = await startService({
        target,
        env: { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, HTTPS_ONLY: 'true' },
      });
    });

    /** Lets the files of the service be these, as clients of ACME do. */
    function link(files: Pick<TestCertificate, 'certFile' | 'keyFile'>): void {
      for (const name of ['certFile', 'keyFile'] as const) {
        const place = { certFile, keyFile }[name];
        symlinkSync(files[name], `${place}.new`);
        renameSync(`${place}.new`, place);
      }
    }

    async function handshake(options: ConnectionOptions) {
      const { hostname: host, port } = new URL(service.url);
      const socket = connect({ host, port: Number(port), ca: certificate.cert, ...options });
      await once(socket, 'secureConnect');
      const facts = {
        protocol: socket.getProtocol(),
        cipher: socket.getCipher().standardName,
        isResumed: socket.isSessionReused(),
      };
      socket.destroy();
      return facts;
    }

    it('serves sign-up, sign-in and API over HTTPS', async () => {
      expect(service.url).toMatch(/^https:/);
      const tokens = await signIn(service, await signUp(service));
      const me = { bearer: tokens.access_token, ca: certificate.cert };
      expect((await request(service, 'GET', '/oauth/me', me)).status).toBe(200);
    });

    it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s (S-119)', async (version) => {
      // Without the lower security level the client itself would not offer it.
      const old = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
      await expect(handshake(old)).rejects.toMatchObject({
        code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      });
    });

    // The suite of TLS 1.2 names the ephemeral key exchange. Every full handshake of TLS 1.3 has one, over a curve or a
    // hybrid with ML-KEM, which not every Node reports.
    it.each([
      ['TLSv1.2', /^TLS_ECDHE_\w+_(GCM|CHACHA20_POLY1305)_/],
      ['TLSv1.3', /^TLS_(AES_\d+_GCM|CHACHA20_POLY1305)_/],
    ] as const)(
      'accepts %s with forward secrecy and authenticated encryption (S-119)',
      async (version, suite) => {
        expect(await handshake({ minVersion: version, maxVersion: version })).toEqual({
          protocol: version,
          cipher: expect.stringMatching(suite),
          isResumed: false,
        });
      },
    );

    it.each(['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-CCM8'])(
      'refuses the suite %s (S-119)',
      async (ciphers) => {
        const weak = { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` } as const;
        await expect(handshake(weak)).rejects.toMatchObject({
          code: expect.stringMatching(/HANDSHAKE_FAILURE/),
        });
      },
    );

    it('is HTTPS with any forwarding header (S-115, S-118)', async () => {
      const response = await request(service, 'GET', '/oauth/me', {
        headers: { 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '203.0.113.9' },
      });
      expectRefusal(response, 401, 40101);
      expect(response.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    });

    it('gives the headers of every answer to what the parser refuses (S-118, S-149)', async () => {
      const answer = await rawExchange(service, 'GET /health HTTP/1.7\r\n\r\n', {
        untilClosed: true,
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toMatch(/^strict-transport-security: max-age=31536000/im);
      expect(answer).toMatch(/^x-request-id: \S/im);
      expect(answer).toMatch(/^cache-control: no-store/im);
    });

    it('does not answer plain HTTP on the same port, nor redirect it (S-114)', async () => {
      const bytes = 'GET /oauth/me HTTP/1.1\r\nHost: x\r\n\r\n';
      const answer = await rawExchange(service, bytes, { tls: false }).catch(() => '');
      expect(answer).not.toMatch(/^HTTP\/1\.1 [23]/);
      expect(answer).not.toMatch(/location/i);
    });

    const connection = async (options: ConnectionOptions = {}) => {
      const { hostname: host, port } = new URL(service.url);
      const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...options });
      await once(socket, 'secureConnect');
      return socket;
    };

    /** Expects that a new connection gets this certificate, and an answer. */
    async function expectServed({ cert }: TestCertificate): Promise<void> {
      const socket = await connection();
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      expect(fingerprint256).toBe(new X509Certificate(cert).fingerprint256);
      expect((await request(service, 'GET', '/health', { ca: cert })).status).toBe(200);
    }

    it('does not repeat a handshake of TLS 1.2 because a client asks for it (S-119)', async () => {
      const socket = await connection({ maxVersion: 'TLSv1.2' });
      socket.on('error', () => undefined);
      const repeated = once(socket, 'secure').then(() => 'repeated');
      socket.renegotiate({ rejectUnauthorized: false }, () => undefined);
      await expect(repeated).rejects.toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' });
      socket.destroy();
      await expectServed(certificate);
    });

    it('takes a renewed certificate when its files change, and keeps open connections', async () => {
      const open = await connection();
      const health = async () => {
        open.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
        const [answer] = (await once(open, 'data')) as [Buffer];
        expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
      };
      await health();
      const before = certificate;
      certificate = await createCertificate();
      link(certificate);
      await eventually(() => expectServed(certificate));
      await untilOutput(service, 'New connections get the renewed certificate');
      await health();
      expect(open.getPeerCertificate().fingerprint256).toBe(
        new X509Certificate(before.cert).fingerprint256,
      );
      open.destroy();
    });

    it('goes on after SIGHUP, and takes a renewed certificate', async () => {
      certificate = await createCertificate();
      link(certificate);
      process.kill(service.pid ?? 0, 'SIGHUP');
      await eventually(() => expectServed(certificate));
    });

    it('keeps its certificate while the new pair cannot be used, and says so once', async () => {
      const lines = () => service.output().match(/The certificate in use stays/g)?.length ?? 0;
      const [inUse, other] = [certificate, await createCertificate()];
      const broken = join(temporaryDirectory('broken'), 'broken.pem');
      writeFileSync(broken, other.cert.slice(0, 300));
      const pairs: [string, Pick<TestCertificate, 'certFile' | 'keyFile'>][] = [
        ['TLS_KEY_FILE', { certFile: other.certFile, keyFile: inUse.keyFile }],
        ['TLS_CERT_FILE', { certFile: broken, keyFile: other.keyFile }],
        ['TLS_KEY_FILE', { certFile: other.certFile, keyFile: '/nowhere/tls.key' }],
      ];
      for (const [setting, files] of pairs) {
        const before = lines();
        link(files);
        await eventually(() => expect(lines()).toBe(before + 1));
        await untilOutput(service, 'The certificate in use stays', setting);
        await expectServed(inUse);
        // Mended, so that the next fault is another one.
        link(inUse);
        process.kill(service.pid ?? 0, 'SIGHUP');
        await expectServed(inUse);
        expect(lines()).toBe(before + 1);
      }
      link(other);
      await eventually(() => expectServed(other));
    });
  },
  { databases: ['sqlite'] },
);
