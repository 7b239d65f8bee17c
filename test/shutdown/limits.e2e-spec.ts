import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createCertificate } from '../support/certificate.js';
import { createTestDatabase } from '../support/database.js';
import { signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { createServer, describeServers } from '../support/servers.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

/** As long as nobody ends it by hand. */
const LONG = '300';

describe('a shutdown', () => {
  it('says 503 at readiness and takes requests for SHUTDOWN_DELAY (S-185, contract §1)', async () => {
    const service = await startService({ env: { SHUTDOWN_DELAY: '2' } });
    const user = await signUp(service);
    expect((await request(service, 'GET', '/health/ready')).status).toBe(200);
    const stopped = service.stop();
    await untilOutput(service, 'Shutting down (SIGTERM)');
    for (const path of ['/health', '/health/ready']) {
      const answer = await request(service, 'GET', path);
      expect([answer.status, answer.body]).toEqual([503, { status: 'down' }]);
      expect(answer.headers.get('connection')).toBe('close');
    }
    const live = await request(service, 'GET', '/health/live');
    expect([live.status, live.body]).toEqual([200, { status: 'up' }]);
    const signIn = await request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: [user.email, user.password],
    });
    expect(signIn.status).toBe(200);
    expect(await stopped).toBe(0);
  });

  it('cuts off what is not done by SHUTDOWN_TIMEOUT, with exit code 1 (S-185)', async () => {
    const service = await startService({ env: { SHUTDOWN_TIMEOUT: '1' } });
    await halfARequest(service);
    expect(await service.stop()).toBe(1);
    expect(await untilOutput(service, 'Not done after 1 s')).toContain(' 1 cut off');
  });

  it('ends at once at a second signal, but not at the same one twice (S-185)', async () => {
    const service = await startService({ env: { SHUTDOWN_DELAY: LONG } });
    const stopped = service.stop();
    await untilOutput(service, 'Shutting down');
    signal(service, 'SIGINT');
    expect((await request(service, 'GET', '/health/live')).status).toBe(200);
    // From when on another signal is another wish is the service's to know.
    const timer = setInterval(() => signal(service, 'SIGINT'), 100);
    expect(await stopped).toBe(1);
    clearInterval(timer);
    await untilOutput(service, 'SIGINT again');
  });

  it('follows a fault that nobody handled, with exit code 1 (S-145)', async () => {
    const fault = 'process.on("SIGUSR2",()=>void Promise.reject(new Error("nobody handles this")))';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fault)}`;
    const service = await startService({ env: { NODE_OPTIONS } });
    signal(service, 'SIGUSR2');
    await untilOutput(service, 'Shut down:');
    expect(service.output()).toContain('nobody handles this');
    await eventually(async () => expect(service.exitCode).toBe(1));
  });
});

describeTargets(
  'a shutdown with its own TLS',
  (target) => {
    it('finishes running requests and closes idle connections (S-185)', async () => {
      const { certFile, keyFile } = await createCertificate();
      const env = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
      const service = await startService({ target, env });
      const user = await signUp(service);
      // It never begins with TLS.
      await open(service);
      const signIns = Array.from({ length: 5 }, () =>
        request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: [user.email, user.password],
        }),
      );
      // Sent later, so by its answer the others have been accepted, though they may still agree on TLS.
      await request(service, 'GET', '/health/live');
      const [code, ...answers] = await Promise.all([service.stop(), ...signIns]);
      for (const { status } of answers) expect([200, 429]).toContain(status);
      expect(code).toBe(0);
    });
  },
  { databases: ['sqlite'] },
);

describeServers('a shutdown with a database that hangs', (kind) => {
  it('ends by SHUTDOWN_TIMEOUT, with exit code 1 (S-185)', async () => {
    const server = await createServer(kind);
    const database = await createTestDatabase(kind, server);
    const service = await startService({ database, env: { SHUTDOWN_TIMEOUT: '1' } });
    await request(service, 'GET', '/health/ready');
    await server.pause();
    try {
      const running = request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: ['nobody@example.com', 'three grey geese'],
      });
      const answer = running.catch(() => 'cut off');
      // Once an answer to a later request is there, that one has arrived.
      await request(service, 'GET', '/health/live');
      expect(await service.stop()).toBe(1);
      expect(await answer).toBe('cut off');
      await untilOutput(service, 'Not done after 1 s', ' 1 cut off');
    } finally {
      server.resume();
    }
  });
});

function signal({ pid }: TestService, name: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(pid, name);
}

async function halfARequest(service: TestService): Promise<void> {
  const socket = await open(service);
  socket.write('POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ngrant');
  // Once an answer to another request is there, these bytes have been read.
  await request(service, 'GET', '/health/live');
}

async function open(service: TestService): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
