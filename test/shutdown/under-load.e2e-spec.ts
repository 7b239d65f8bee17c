import { beforeAll, expect, it } from '@jest/globals';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { signUp, type TestUser } from '../support/factories.js';
import { basic } from '../support/http.js';
import { REAL_BCRYPT } from '../support/node.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const CLIENTS = 12;
const SIGN_INS_BEFORE = 10;

type Outcome = number | 'refused' | 'lost';

describeTargets('a shutdown under load', (target) => {
  let service: TestService;
  let users: TestUser[];
  beforeAll(async () => {
    // Every sign-in creates its own row.
    service = await startService({ target, env: { ...REAL_BCRYPT, MAX_SESSIONS: '1000' } });
    users = await Promise.all([signUp(service), signUp(service)]);
  });

  it('answers every commit, and every request that reached it (S-185, S-186)', async () => {
    const agent = new Agent({ keepAlive: true });
    const outcomes: Outcome[] = [];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const client = async (user: TestUser) => {
      let outcome: Outcome;
      do {
        outcome = await signIn(agent, user);
        outcomes.push(outcome);
        if (outcomes.length >= SIGN_INS_BEFORE) begin();
      } while (outcome !== 'refused' && outcome !== 'lost');
    };
    const clients = Array.from({ length: CLIENTS / users.length }, () => users.map(client)).flat();
    await begun;
    const silent = await open();
    const half = await open('GET /health/live HTTP/1.1\r\nHos');
    const used = await open('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await used.untilAnswers(1);

    const stopped = service.stop();
    await untilOutput(service, 'Shutting down');
    half.socket.write('t: x\r\n\r\nGET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all(clients);
    expect(await stopped).toBe(0);

    // A connection that the kernel resets before the service accepts it carries no request to the service.
    const reached = service.output().matchAll(/POST \/oauth\/token (\d+|aborted) /g);
    const answered = outcomes.filter((outcome) => typeof outcome === 'number').map(String);
    expect([...reached].map(([, status = '']) => status).toSorted()).toEqual(answered.toSorted());
    const [{ count } = {}] = await service.database.query(
      'SELECT COUNT(*) AS count FROM refresh_tokens',
    );
    expect(Number(count)).toBe(outcomes.filter((outcome) => outcome === 200).length);
    expect(silent.text()).toBe('');
    expect(used.text().match(/HTTP\/1.1/g)).toHaveLength(1);
    // Only the answer to the second of two pipelined requests says that the connection closes.
    const [first, second] = half.text().split(/(?=HTTP\/1.1)/);
    expect(first).toMatch(/^HTTP\/1.1 200/);
    expect(first).not.toMatch(/^connection: close/im);
    expect(second).toMatch(/^HTTP\/1.1 503/);
    expect(second).toMatch(/^connection: close/im);
    expect(await untilOutput(service, 'Shut down')).toContain(' 0 cut off');
  });

  function signIn(agent: Agent, { email, password }: TestUser): Promise<Outcome> {
    return new Promise((resolve) => {
      const outgoing = httpRequest(`${service.url}/oauth/token?grant_type=password`, {
        agent,
        method: 'POST',
        headers: { authorization: basic(email, password) },
      });
      outgoing.on('error', ({ code }: NodeJS.ErrnoException) =>
        resolve(code === 'ECONNREFUSED' ? 'refused' : 'lost'),
      );
      outgoing.on('response', (response) => {
        response.resume().on('error', () => resolve('lost'));
        response.on('end', () => resolve(response.statusCode ?? 'lost'));
      });
      outgoing.end();
    });
  }

  async function open(bytes = ''): Promise<Client> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(bytes);
    const untilAnswers = async (count: number) => {
      while ((text.match(/HTTP\/1.1/g)?.length ?? 0) < count) {
        await new Promise((resolve) => socket.once('data', resolve));
      }
    };
    return { socket, text: () => text, untilAnswers };
  }
});

interface Client {
  readonly socket: Socket;
  readonly text: () => string;
  readonly untilAnswers: (count: number) => Promise<void>;
}
