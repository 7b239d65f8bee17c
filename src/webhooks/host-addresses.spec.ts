import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { NameServer } from '../../test/support/name-server.js';
import { HostAddresses } from './host-addresses.js';
import { WebhookSender } from './webhook-sender.js';

const PUBLIC = '8.8.8.8';
const signal = new AbortController().signal;

let server: NameServer;
/** The addresses that the name has, at the first attempt and at later ones. */
let answers: (readonly string[])[] = [];
beforeAll(async () => {
  server = await NameServer.start(() => answers[0] ?? []);
});
afterAll(() => server.stop());
afterEach(() => void server.questions.splice(0));

const addresses = (networks: readonly string[] = []) =>
  new HostAddresses({ networks, secretKeys: [] }, [server.address]);

describe('HostAddresses', () => {
  it.each([[['8.8.8.8']], [['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111']]])(
    'finds the public addresses %j',
    async (found) => {
      answers = [found];
      expect((await addresses().find('hooks.example.com', signal)).toSorted()).toEqual(
        found.toSorted(),
      );
    },
  );

  it.each(['127.0.0.1', '169.254.169.254', '10.1.2.3', '::1', '::ffff:127.0.0.1', 'fd00:ec2::254'])(
    'refuses a name that leads to %s, also beside a public address',
    async (address) => {
      answers = [[address]];
      expect(await addresses().find('hooks.example.com', signal)).toEqual([]);
      answers = [[PUBLIC, address]];
      expect(await addresses().find('hooks.example.com', signal)).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '169.254.169.254'])(
    'refuses a name whose first answer was public and that leads to %s by now (rebinding, S-216)',
    async (address) => {
      answers = [[PUBLIC]];
      expect(await addresses().find('hooks.example.com', signal)).toEqual([PUBLIC]);
      answers = [[address]];
      expect(await addresses().find('hooks.example.com', signal)).toEqual([]);
    },
  );

  it('allows the networks that the settings name', async () => {
    answers = [['10.20.1.1']];
    expect(await addresses(['10.20.0.0/16']).find('a.example', signal)).toEqual(['10.20.1.1']);
    expect(await addresses(['10.21.0.0/16']).find('a.example', signal)).toEqual([]);
  });

  it('finds nothing for a name without addresses', async () => {
    answers = [[]];
    expect(await addresses().find('nobody.example', signal)).toEqual([]);
  });

  it('asks nobody about an address', async () => {
    expect(await addresses().find(PUBLIC, signal)).toEqual([PUBLIC]);
    expect(await addresses().find('127.0.0.1', signal)).toEqual([]);
    expect(server.questions).toEqual([]);
  });
});

describe('WebhookSender', () => {
  let listener: Server;
  let connections: string[] = [];
  let isSilent = false;
  beforeAll(async () => {
    listener = createServer((socket) => {
      connections.push(socket.localAddress ?? '');
      socket.on('error', () => undefined);
      if (!isSilent) socket.destroy();
    });
    listener.listen(0, '0.0.0.0');
    await once(listener, 'listening');
  });
  afterAll(() => void listener.close());
  afterEach(() => void (connections = []));

  const send = (networks: readonly string[]) => {
    const { port } = listener.address() as AddressInfo;
    const url = `https://hooks.example.com:${port}/`;
    return new WebhookSender(addresses(networks)).send(url, {}, '{}', signal);
  };

  it('connects to the address that it has checked, and looks the name up once (S-216)', async () => {
    answers = [['127.0.0.2']];
    const result = await send(['127.0.0.2']);
    expect(result).toEqual({ status: null, failure: 'connection' });
    expect(connections).toEqual(['127.0.0.2']);
    expect(server.questions.toSorted()).toEqual(['A hooks.example.com', 'AAAA hooks.example.com']);
  });

  it('opens no connection to an address that is not allowed', async () => {
    answers = [['127.0.0.1']];
    expect(await send(['127.0.0.2'])).toEqual({ status: null, failure: 'address' });
    answers = [['127.0.0.2', '127.0.0.1']];
    expect(await send(['127.0.0.2'])).toEqual({ status: null, failure: 'address' });
    expect(connections).toEqual([]);
  });

  it('gives a receiver that does not answer 10 s', async () => {
    answers = [['127.0.0.2']];
    isSilent = true;
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setInterval', 'performance', 'Date'],
    });
    const result = send(['127.0.0.2']);
    let isOver = false;
    void result.then(() => (isOver = true));
    while (connections.length === 0) await turn();
    jest.advanceTimersByTime(9_999);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(isOver).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await result).toEqual({ status: null, failure: 'timeout' });
    jest.useRealTimers();
    isSilent = false;
  });

  it('uses no proxy of the environment', async () => {
    answers = [['127.0.0.2']];
    const { HTTPS_PROXY, NODE_USE_ENV_PROXY } = process.env;
    Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' });
    await send(['127.0.0.2']);
    Object.assign(process.env, {
      HTTPS_PROXY: HTTPS_PROXY ?? '',
      NODE_USE_ENV_PROXY: NODE_USE_ENV_PROXY ?? '',
    });
    expect(connections).toEqual(['127.0.0.2']);
  });
});
