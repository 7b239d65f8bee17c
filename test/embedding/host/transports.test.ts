// Guards of gateways and message handlers: the handshake or the message holds the credentials.
import { Controller, Module, UseGuards } from '@nestjs/common';
import {
  ClientProxyFactory,
  MessagePattern,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import {
  CurrentPrincipal,
  GatehouseGuard,
  GatehouseModule,
  GatehouseService,
  Public,
  rememberHandshake,
  RequireScopes,
  type Principal,
} from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { closeAll, database, nestVersion, SECRET, start } from './host-app.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await closeAll();
});

@WebSocketGateway()
@UseGuards(GatehouseGuard)
class Live implements OnGatewayConnection {
  handleConnection(client: object, request?: IncomingMessage): void {
    if (request) rememberHandshake(client, request);
  }

  @SubscribeMessage('who')
  @RequireScopes('users:read')
  who(@CurrentPrincipal() { id }: Principal): object {
    return { event: 'who', data: id };
  }

  @SubscribeMessage('anybody')
  @Public()
  anybody(@CurrentPrincipal() principal?: Principal): object {
    return { event: 'anybody', data: principal?.id ?? 'nobody' };
  }
}

@Controller()
@UseGuards(GatehouseGuard)
class Stock {
  @MessagePattern('who')
  @RequireScopes('users:read')
  who(@CurrentPrincipal() { id }: Principal): string {
    return id;
  }
}

/** Nest 11 does not send exceptions to clients of `ws`; it emits an event on the server. */
const ANSWERS_REFUSALS = nestVersion >= 12;
/** An answer comes much earlier. */
const ANSWER_LIMIT_MS = 60_000;
/** Long enough to see an answer to a request that is not refused. */
const REFUSAL_LIMIT_MS = ANSWERS_REFUSALS ? ANSWER_LIMIT_MS : 1_000;
const SILENCE = { event: 'silence', data: {} };

/** The event and the code of an answer. */
function codeOf({ event, data }: { event: string; data: any }): object {
  return { event, data: data.code === undefined ? {} : { code: data.code } };
}

const imports = () => [database(), GatehouseModule.forRoot({ secret: SECRET })];

describe('a gateway', () => {
  it('on ws verifies the credentials of the handshake at every message', async () => {
    const { app, url } = await start({ imports: imports(), providers: [Live] }, (host) => {
      host.useWebSocketAdapter(new WsAdapter(host));
    });
    const testing = gatehouseTesting(app);
    const reader = await testing.as({ role: 'read_only' });
    const sender = await testing.as({ role: 'send_only' });
    const ask = async (headers: Record<string, string>) => {
      const socket = new WebSocket(url.replace('http', 'ws'), { headers });
      closing.push(() => socket.terminate());
      await once(socket, 'open');
      return (event = 'who', limitMs = ANSWER_LIMIT_MS) => {
        const answer = once(socket, 'message');
        socket.send(JSON.stringify({ event, data: null }));
        return Promise.race([
          answer.then(([data]) => JSON.parse(String(data)) as { event: string; data: any }),
          sleep(limitMs, SILENCE, { ref: false }),
        ]);
      };
    };
    const asReader = await ask(reader.headers);
    assert.deepEqual(await asReader(), { event: 'who', data: reader.user.id });
    assert.deepEqual(await asReader('anybody'), { event: 'anybody', data: reader.user.id });
    const refusal = (code: number) =>
      ANSWERS_REFUSALS ? { event: 'exception', data: { code } } : SILENCE;
    const refused = await (await ask(sender.headers))('who', REFUSAL_LIMIT_MS);
    assert.deepEqual(codeOf(refused), refusal(40302));
    const asNobody = await ask({});
    assert.deepEqual(await asNobody('anybody'), { event: 'anybody', data: 'nobody' });
    assert.deepEqual(codeOf(await asNobody('who', REFUSAL_LIMIT_MS)), refusal(40101));

    // A socket of an ended session is refused (S-53).
    await app.get(GatehouseService).endSessions(reader.user.id);
    for (const event of ['who', 'anybody']) {
      assert.deepEqual(codeOf(await asReader(event, REFUSAL_LIMIT_MS)), refusal(40103));
    }
  });

  it('on socket.io verifies the token of the handshake', async () => {
    const { app, url } = await start({ imports: imports(), providers: [Live] }, (host) => {
      host.useWebSocketAdapter(new IoAdapter(host));
    });
    const reader = await gatehouseTesting(app).as({ role: 'read_only' });
    const ask = async (options: object) => {
      const socket: Socket = io(url, { transports: ['websocket'], ...options });
      closing.push(() => socket.disconnect());
      const answer = new Promise<unknown[]>((resolve) => {
        socket.once('who', (data: unknown) => resolve(['who', data]));
        socket.once('exception', (error: { code: number }) => resolve(['exception', error.code]));
      });
      socket.emit('who', null);
      return answer;
    };
    assert.deepEqual(await ask({ auth: { token: reader.accessToken } }), ['who', reader.user.id]);
    assert.deepEqual(await ask({ extraHeaders: reader.headers }), ['who', reader.user.id]);
    assert.deepEqual(await ask({ auth: { token: 'nonsense' } }), ['exception', 40103]);
    assert.deepEqual(await ask({}), ['exception', 40101]);
  });
});

describe('a microservice', () => {
  it('over TCP verifies the credentials of the message', async () => {
    @Module({ imports: imports(), controllers: [Stock] })
    class StockModule {}
    const port = await freePort();
    const { app } = await start({ imports: [StockModule] }, async (host) => {
      host.connectMicroservice(
        { transport: Transport.TCP, options: { host: '127.0.0.1', port } },
        { inheritAppConfig: true },
      );
      await host.startAllMicroservices();
    });
    const client: ClientProxy = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
    closing.push(() => client.close());
    const testing = gatehouseTesting(app);
    const reader = await testing.as({ role: 'read_only' });
    const sender = await testing.as({ role: 'send_only' });
    const ask = (data: object) => lastValueFrom(client.send<string>('who', data));
    assert.equal(await ask({ authorization: reader.authorization }), reader.user.id);
    const coded = (code: number) => (error: { code: number }) => error.code === code;
    await assert.rejects(ask({ authorization: sender.authorization }), coded(40302));
    await assert.rejects(ask({ authorization: 'Bearer nonsense' }), coded(40103));
    await assert.rejects(ask({}), coded(40101));
  });
});

/** A port that is free now. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
