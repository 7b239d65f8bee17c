// Redis away in every way: no free guesses, one warning, and all is well once it is back (S-32).
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createClient } from '@redis/client';
import { Clock } from '../../src/common/clock.js';
import { ownRedis } from '../../src/throttling/own-redis.js';
import type { SharedRedis } from '../../src/throttling/shared-store.js';
import { eventually } from '../support/patience.js';
import { RedisServer } from '../support/redis-server.js';
import { describeRedis } from '../support/targets.js';
import {
  createThrottling,
  newAddress,
  newNetwork,
  type Throttling,
} from '../support/throttling.js';
import { codeOf } from '../support/unit.js';

const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
const open: Throttling[] = [];
afterEach(() => {
  for (const { store } of open.splice(0)) store.onApplicationShutdown();
  jest.clearAllMocks();
});

async function throttlingOn(redis: SharedRedis): Promise<Throttling> {
  const throttling = createThrottling(redis, new Clock());
  open.push(throttling);
  await throttling.store.onModuleInit();
  return throttling;
}

/** The same once it works: a busy machine may connect late. */
async function workingOn(redis: SharedRedis): Promise<Throttling> {
  const throttling = await throttlingOn(redis);
  await eventually(async () => expect(await decisions(throttling)).toEqual(ALL_WELL));
  jest.clearAllMocks();
  return throttling;
}

/** Every decision at once, by its code. */
async function decisions({ signIn, keys, actions, store }: Throttling) {
  const source = { address: newAddress(), clientAddress: newNetwork() };
  return Promise.all([
    codeOf(() => signIn.attempt({ ...source, familiarTo: undefined })),
    codeOf(() => signIn.attempt({ ...source, familiarTo: 'user' })),
    codeOf(() => keys.assertAvailable()),
    codeOf(() => keys.failed(source.clientAddress)),
    codeOf(() => actions.count('sign_up', { network: source.clientAddress })),
    codeOf(() => store.ping()),
  ]);
}
const ALL_WELL = Array(6).fill(undefined);
/** What is created is no guess, and goes on. */
const ALL_AWAY = [50301, 50301, 50301, 50301, undefined, 50301];

async function expectAwayOnce(throttling: Throttling, reason: RegExp): Promise<void> {
  // The first command may be the one that finds out, and then a key was checked just before it.
  await decisions(throttling);
  for (let count = 1; count <= 3; count++) expect(await decisions(throttling)).toEqual(ALL_AWAY);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith(expect.stringMatching(reason));
  expect(log).not.toHaveBeenCalled();
}

async function expectBack(throttling: Throttling): Promise<void> {
  await eventually(async () => expect(await decisions(throttling)).toEqual(ALL_WELL));
  expect(log).toHaveBeenCalledWith('Redis is back');
}

describeRedis('a Redis that is away', () => {
  it('is 50301 after it was killed, and well again once it is back', async () => {
    const server = await RedisServer.create();
    const throttling = await workingOn(ownRedis(server.url()));
    await server.kill();
    await expectAwayOnce(throttling, /^Redis is away: .*503/);
    await server.start();
    await expectBack(throttling);
  });

  it('is 50301 from the start on', async () => {
    const server = await RedisServer.create();
    await server.kill();
    const throttling = await throttlingOn(ownRedis(server.url()));
    await expectAwayOnce(throttling, /ECONNREFUSED/);
    await server.start();
    await expectBack(throttling);
  });

  describe('without an answer', () => {
    it.each(['own', 'host'])('is 50301 with a client of the %s', async (kind) => {
      const server = await RedisServer.create();
      const client = createClient({ url: server.url() });
      if (kind === 'host') await client.connect();
      const throttling = await workingOn(kind === 'host' ? { client } : ownRedis(server.url()));
      await server.pause();
      await expectAwayOnce(throttling, /no answer in 900 ms|imeout|not connected/);
      server.resume();
      await expectBack(throttling);
      if (kind === 'host') client.destroy();
    });
  });

  it('is 50301 with a wrong password, which no line repeats', async () => {
    const server = await RedisServer.create(['--requirepass', 'right-password']);
    const throttling = await throttlingOn(ownRedis(server.url(':wrong-password')));
    await expectAwayOnce(throttling, /WRONGPASS/);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('wrong-password');
    await workingOn(ownRedis(server.url(':right-password')));
  });

  it.each([
    ['is a replica, which takes no writes', ['REPLICAOF', '127.0.0.1', '1'], /READONLY/],
    ['has no memory left', ['CONFIG', 'SET', 'maxmemory', '1'], /OOM/],
    ['may not run the script', ['ACL', 'SETUSER', 'default', '-eval'], /NOPERM/],
  ])('is 50301 while it %s', async (_, command, reason) => {
    const mending = [
      ['REPLICAOF', 'NO', 'ONE'],
      ['CONFIG', 'SET', 'maxmemory', '0'],
      ['ACL', 'SETUSER', 'default', '+eval'],
    ];
    const server = await RedisServer.create();
    const admin = createClient({ url: server.url() });
    await admin.connect();
    const throttling = await workingOn(ownRedis(server.url()));
    await admin.sendCommand(command);
    await expectAwayOnce(throttling, reason);
    for (const repair of mending) await admin.sendCommand(repair);
    await expectBack(throttling);
    admin.destroy();
  });

  it("hears the errors of a host's client that has no listener", async () => {
    const server = await RedisServer.create();
    const client = createClient({ url: server.url() });
    await client.connect();
    const throttling = await workingOn({ client });
    await server.kill();
    await expectAwayOnce(throttling, /^Redis is away/);
    await server.start();
    await expectBack(throttling);
    client.destroy();
  });

  it('closes its own connection at the shutdown, and leaves that of a host', async () => {
    const server = await RedisServer.create();
    const client = createClient({ url: server.url() });
    await client.connect();
    const own = ownRedis(server.url());
    for (const redis of [own, { client }])
      (await throttlingOn(redis)).store.onApplicationShutdown();
    expect(own.own?.isOpen).toBe(false);
    expect(client.isReady).toBe(true);
    expect(client.listenerCount('error')).toBe(0);
    client.destroy();
  });
});
