// The rules of throttling, for each store of the counters (S-24 … S-33).
import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../src/common/clock.js';
import { ActionLimits } from '../../src/throttling/action-limits.js';
import { KeyThrottle } from '../../src/throttling/key-throttle.js';
import { Limiters } from '../../src/throttling/limiters.js';
import { NetworkLimit } from '../../src/throttling/network-limit.js';
import { SharedStore, type SharedRedis } from '../../src/throttling/shared-store.js';
import { SignInThrottle, type SignInSource } from '../../src/throttling/sign-in-throttle.js';
import type { ThrottlingOptions } from '../../src/throttling/throttling-options.js';
import { DEFAULT_OPTIONS } from './default-options.js';
import { codeOf, refusalOf } from './unit.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type Throttling = ReturnType<typeof createThrottling>;

/** The room of one instance, as its module assembles it. */
export function createThrottling(
  redis: SharedRedis | null,
  clock: Clock,
  options: ThrottlingOptions = DEFAULT_OPTIONS.throttling,
) {
  const store = new SharedStore(redis);
  const limiters = new Limiters(options, redis, clock);
  const networks = new NetworkLimit(limiters, options);
  return {
    store,
    signIn: new SignInThrottle(limiters, networks, store, options),
    keys: new KeyThrottle(networks, store),
    actions: new ActionLimits(limiters, store, options),
  };
}

/** An address that no other test uses. */
export function newAddress(): string {
  return `${randomUUID()}@example.com`;
}

/** A network that no other test uses. */
export function newNetwork(): string {
  const [a = 0, b = 0, c = 0] = randomBytes(3);
  return `10.${a}.${b}.${c}`;
}

/** One store of the counters. */
export interface ThrottlingWorld {
  /** Instances that share the store. */
  readonly instances: readonly Throttling[];
  /** Lets time pass. */
  advance(ms: number): Promise<void> | void;
}

export function describeThrottlingRules(
  createWorld: () => ThrottlingWorld | Promise<ThrottlingWorld>,
) {
  let world: ThrottlingWorld;
  let turn = 0;
  beforeEach(async () => {
    world = await createWorld();
  });

  /** Each call on the next instance. */
  function instance(): Throttling {
    return world.instances[turn++ % world.instances.length] as Throttling;
  }
  function attempt(source: Partial<SignInSource>) {
    const stranger = { address: newAddress(), clientAddress: newNetwork(), familiarTo: undefined };
    return instance().signIn.attempt({ ...stranger, ...source });
  }
  /** Attempts that the rules let through, and that then fail. */
  async function admitted(count: number, source: () => Partial<SignInSource>): Promise<number> {
    const codes = await Promise.all(
      Array.from({ length: count }, () => codeOf(() => attempt(source()))),
    );
    expect(codes.filter((code) => code !== undefined && code !== 42901)).toEqual([]);
    return codes.filter((code) => code === undefined).length;
  }
  async function retryAfter(work: () => unknown): Promise<number> {
    const refusal = await refusalOf(work);
    expect(refusal.entry.code).toBe(42901);
    return Number(refusal.headers['Retry-After']);
  }

  describe('attempts on an address', () => {
    it('are delayed from the fifth on, by 30 s doubling to 1 h, and stopped after 100 (S-24)', async () => {
      const address = newAddress();
      for (let count = 1; count <= 4; count++) {
        expect((await attempt({ address })).onFailure).toBeUndefined();
      }
      const delays = [30, 60, 120, 240, 480, 960, 1920, ...Array<number>(88).fill(3600)];
      for (const delay of delays) {
        expect((await attempt({ address })).onFailure).toEqual({ of: 'address', begins: 'delay' });
        const wait = await retryAfter(() => attempt({ address }));
        expect(wait).toBeLessThanOrEqual(delay);
        expect(wait).toBeGreaterThan(delay / 2);
        await world.advance(wait * 1000);
      }
      expect((await attempt({ address })).onFailure).toEqual({ of: 'address', begins: 'stop' });
      await world.advance(20 * DAY_MS);
      expect(await retryAfter(() => attempt({ address }))).toBe(3600);
      await instance().signIn.reset(address);
      expect(await admitted(20, () => ({ address }))).toBe(5);
    });

    it('are forgotten after 30 days without one that was admitted', async () => {
      const address = newAddress();
      expect(await admitted(10, () => ({ address }))).toBe(5);
      await world.advance(30 * DAY_MS + 1);
      expect(await admitted(10, () => ({ address }))).toBe(5);
    });

    it('cost as much at the same time as in turn (S-27)', async () => {
      const address = newAddress();
      expect(await admitted(50, () => ({ address }))).toBe(5);
      for (const delay of [30, 60]) {
        await world.advance(delay * 1000);
        expect(await admitted(20, () => ({ address }))).toBe(1);
      }
    });

    it('are refused behind a delay without adding to it (S-24)', async () => {
      const address = newAddress();
      await admitted(5, () => ({ address }));
      for (let count = 1; count <= 30; count++) await codeOf(() => attempt({ address }));
      await world.advance(30_000);
      await attempt({ address });
      expect(await retryAfter(() => attempt({ address }))).toBeLessThanOrEqual(60);
    });

    it('are forgotten after a success, but not those of the network (S-31)', async () => {
      const source = { address: newAddress(), clientAddress: newNetwork() };
      for (let round = 1; round <= 12; round++) {
        expect(await admitted(4, () => source)).toBe(4);
        await (await attempt(source)).succeeded();
      }
      // 48 failures so far.
      expect(await admitted(4, () => ({ clientAddress: source.clientAddress }))).toBe(2);
    });

    it('cost nothing when the password was not checked', async () => {
      const source = { address: newAddress(), clientAddress: newNetwork() };
      for (let count = 1; count <= 60; count++) await (await attempt(source)).cancelled();
      expect(await admitted(4, () => source)).toBe(4);
      await (await attempt(source)).cancelled();
      expect((await attempt(source)).onFailure).toEqual({ of: 'address', begins: 'delay' });
      expect(await retryAfter(() => attempt(source))).toBeLessThanOrEqual(30);
    });

    it('cancelled after the success of another do not bring failures back', async () => {
      const address = newAddress();
      const free = await attempt({ address });
      await admitted(3, () => ({ address }));
      const delayed = await attempt({ address });
      await free.succeeded();
      await delayed.cancelled();
      expect(await admitted(10, () => ({ address }))).toBe(5);
    });
  });

  describe('attempts from a network', () => {
    it('are limited to 50 failures in an hour, on whatever address (S-25)', async () => {
      const clientAddress = newNetwork();
      expect(await admitted(80, () => ({ clientAddress }))).toBe(50);
      const wait = await retryAfter(() => attempt({ clientAddress }));
      expect(wait).toBeLessThanOrEqual(3600);
      expect(wait).toBeGreaterThan(1800);
      await world.advance(HOUR_MS);
      expect(await admitted(80, () => ({ clientAddress }))).toBe(50);
    });

    it('say which failure begins the limit', async () => {
      const clientAddress = newNetwork();
      const begun = [];
      for (let count = 1; count <= 50; count++) begun.push(await attempt({ clientAddress }));
      expect(begun.slice(0, 49).filter(({ onFailure }) => onFailure)).toEqual([]);
      expect(begun[49]?.onFailure).toEqual({ of: 'network', begins: 'delay' });
    });

    it('count once for all addresses of an IPv6 /64 (S-25)', async () => {
      const network = `2001:db8:${randomBytes(2).toString('hex')}:1`;
      let host = 0;
      expect(await admitted(60, () => ({ clientAddress: `${network}::${++host}` }))).toBe(50);
      expect(await codeOf(() => attempt({ clientAddress: `${network}:ffff:1:2:3` }))).toBe(42901);
    });

    it('are not counted where the address refuses them, nor where they succeed', async () => {
      const source = { address: newAddress(), clientAddress: newNetwork() };
      expect(await admitted(100, () => source)).toBe(5);
      const { clientAddress } = source;
      for (let count = 1; count <= 60; count++)
        await (await attempt({ clientAddress })).succeeded();
      expect(await admitted(60, () => ({ clientAddress }))).toBe(45);
    });
  });

  describe('attempts of a user from a familiar network', () => {
    it('are refused neither for failures on the address nor for those of the network (S-26)', async () => {
      const source = { address: newAddress(), clientAddress: newNetwork() };
      const familiarTo = randomUUID();
      await admitted(10, () => source);
      await admitted(60, () => ({ clientAddress: source.clientAddress }));
      for (let count = 1; count <= 10; count++) {
        await (await attempt({ ...source, familiarTo })).succeeded();
      }
      expect(await codeOf(() => attempt(source))).toBe(42901);
      await world.advance(30_000);
      // The successes gave no point back that was not taken.
      expect(await codeOf(() => attempt(source))).toBe(42901);
    });

    it('are delayed from the first failure on, once the network has used up its own (S-25, S-26)', async () => {
      const clientAddress = newNetwork();
      await admitted(60, () => ({ clientAddress }));
      for (const familiarTo of [randomUUID(), randomUUID()]) {
        const source = { clientAddress, familiarTo };
        await (await attempt(source)).succeeded();
        expect((await attempt(source)).onFailure).toEqual({ of: 'address', begins: 'delay' });
        expect(await retryAfter(() => attempt(source))).toBeLessThanOrEqual(30);
      }
    });

    it('are delayed by their own failures, never stopped, and count against the network', async () => {
      const source = { clientAddress: newNetwork(), familiarTo: randomUUID() };
      expect(await admitted(20, () => source)).toBe(5);
      expect(await admitted(60, () => ({ clientAddress: source.clientAddress }))).toBe(45);
      for (let count = 6; count <= 120; count++) {
        await world.advance(HOUR_MS);
        expect((await attempt(source)).onFailure).toEqual({ of: 'address', begins: 'delay' });
      }
    });
  });

  describe('wrong API keys', () => {
    it('share the counter of the network with wrong passwords (S-28)', async () => {
      const clientAddress = newNetwork();
      const last = [];
      for (let count = 1; count <= 30; count++)
        last.push(await instance().keys.failed(clientAddress));
      expect(last.filter(({ isLast }) => isLast)).toEqual([]);
      expect(await admitted(30, () => ({ clientAddress }))).toBe(20);
      expect(await retryAfter(() => instance().keys.failed(clientAddress))).toBeGreaterThan(1800);
      // A right key is not counted, so it is never refused.
      expect(() => instance().keys.assertAvailable()).not.toThrow();
    });
  });

  describe('actions', () => {
    async function done(count: number, act: () => Promise<void>): Promise<number> {
      const codes = [];
      for (let index = 0; index < count; index++) codes.push(await codeOf(act));
      return codes.filter((code) => code === undefined).length;
    }

    it('are limited by the network, the caller and the account, each kind by itself (S-33)', async () => {
      const network = newNetwork();
      expect(await done(110, () => instance().actions.count('sign_up', { network }))).toBe(100);
      const account = randomUUID();
      for (const action of ['new_user', 'new_api_key'] as const) {
        const perCaller = [];
        for (const caller of ['a', 'b', 'c', 'd'].map((name) => account + name)) {
          const count = () => instance().actions.count(action, { caller, account });
          perCaller.push(await done(310, count));
        }
        expect(perCaller).toEqual([300, 300, 300, 0]);
      }
      const resets = () => instance().actions.count('password_reset', { network });
      expect(await done(110, resets)).toBe(100);
      const recipient = newAddress();
      const allowed = [];
      for (let count = 1; count <= 7; count++) {
        allowed.push(await instance().actions.allows('letter', { recipient }));
      }
      expect(allowed).toEqual([true, true, true, true, true, false, false]);
      const other = { caller: randomUUID(), account: randomUUID() };
      expect(await done(1, () => instance().actions.count('new_user', other))).toBe(1);
      await world.advance(HOUR_MS);
      expect(await done(1, () => instance().actions.count('sign_up', { network }))).toBe(1);
    });
  });
}
