import { setTimeout as sleep } from 'node:timers/promises';
import { newDatabaseUrl, type BenchDatabase, type Engine } from './database.ts';
import { LoadGenerator, type LoadJob, type LoadRequest } from './load.ts';
import { untilIdle, residentMegabytes, runBaseline, startServer, type Server } from './machine.ts';
import type { Sample } from './samples.ts';
import { requests, startService } from './service.ts';
import { begin, jobOf, runMeasured } from './workload-runs.ts';
import { BASELINES, Users, WORKLOADS, type Baseline, type Workload } from './workloads.ts';

export interface Settings {
  readonly bcryptCost: number;
  readonly rounds: number;
  /** Duration of one figure. */
  readonly seconds: number;
  /** Warm-up of each workload before the first round: code that has run little is slow. */
  readonly warmUpSeconds: number;
  /** How long the service caches a token that is no longer used. */
  readonly forgottenAfterSeconds: number;
  readonly connections: readonly number[];
}

export interface StartFigures {
  readonly engine: Engine;
  readonly startMs: readonly number[];
  readonly idleMb: number;
  readonly loadedMb: number;
}

/** `GET /oauth/me` at a low rate during as many sign-ins as possible. */
export interface Meanwhile {
  readonly engine: Engine;
  readonly p99Ms: readonly number[];
}

export interface Sized {
  readonly engine: Engine;
  readonly name: string;
  /** The rate with a million rows over that with a thousand, for each round, with the same number of active users. */
  readonly ratios: readonly number[];
}

export interface Result {
  readonly settings: Settings;
  readonly samples: readonly Sample[];
  readonly starts: readonly StartFigures[];
  readonly meanwhile: readonly Meanwhile[];
  readonly sized: readonly Sized[];
}

/** The conditions of a figure. */
type At = Pick<Sample, 'engine' | 'connections' | 'round'>;

/** The servers and the database of the baselines. */
interface Beside {
  readonly hello: Readonly<Record<'fastify' | 'nest', Server>>;
  readonly commitsUrl: string;
}

const HELLO: LoadRequest = { method: 'GET', path: '/', headers: {} };
const STARTS = 3;
const IDLE_MS = 2_000;
/** Rate of the requests that run beside sign-ins, a second. */
const GENTLE_RATE = 50;

/**
 * Runs the rounds. The baseline of a figure is measured directly before and after it, because the speed of a virtual
 * machine changes within a minute.
 */
export class Measurement {
  private readonly samples: Sample[] = [];
  private readonly starts: StartFigures[] = [];
  private readonly meanwhile: Meanwhile[] = [];
  private readonly sized: Sized[] = [];

  constructor(
    private readonly load: LoadGenerator,
    readonly settings: Settings,
  ) {}

  result(): Result {
    const { settings, samples, starts, meanwhile, sized } = this;
    return { settings, samples, starts, meanwhile, sized };
  }

  /** Measures every workload on one database. */
  async measure(database: BenchDatabase): Promise<void> {
    const { engine } = database;
    const users = new Users(database);
    const hello = await this.startHello();
    const startMs: number[] = [];
    for (let index = 1; index < STARTS; index++) {
      const service = await this.start(database, 'on');
      startMs.push(service.startMs);
      await service.stop();
    }
    const services = {
      on: await this.start(database, 'on'),
      off: await this.start(database, 'off'),
    };
    startMs.push(services.on.startMs);
    await sleep(IDLE_MS);
    const idleMb = residentMegabytes(services.on.pid);

    for (const workload of WORKLOADS) {
      await this.warmUp(services[workload.rotation], workload, users);
    }
    const commitsUrl = await newDatabaseUrl(engine);
    const p99Ms: number[] = [];
    for (let round = 0; round < this.settings.rounds; round++) {
      console.log(`${engine}: round ${round + 1} of ${this.settings.rounds}`);
      for (const connections of this.settings.connections) {
        const at = { engine, connections, round };
        await this.sampleHello(hello, 'fastify', at, this.settings.seconds / 2);
        for (const workload of WORKLOADS.filter((each) => takes(each, connections))) {
          await this.compare(services[workload.rotation], workload, users, at, {
            hello,
            commitsUrl,
          });
        }
      }
      p99Ms.push(await this.meDuringLogins(services.on, users));
    }
    this.meanwhile.push({ engine, p99Ms });
    this.starts.push({ engine, startMs, idleMb, loadedMb: residentMegabytes(services.on.pid) });
    const all = [services.on, services.off, hello.fastify, hello.nest];
    await Promise.all(all.map((server) => server.stop()));
  }

  /** Measures the same users' requests on databases of two sizes, alternately. */
  async measureSizes(
    databases: readonly { readonly size: number; readonly database: BenchDatabase }[],
  ): Promise<void> {
    const services = await Promise.all(
      databases.map(async ({ database }) => ({
        users: new Users(database),
        service: await this.start(database, 'on'),
      })),
    );
    const sized = WORKLOADS.filter(({ name }) => /10,000|rotates/.test(name));
    const engine = databases[0]?.database.engine ?? 'sqlite';
    for (const workload of sized) {
      const ratios: number[] = [];
      for (const { service, users } of services) await this.warmUp(service, workload, users);
      for (let round = 0; round < this.settings.rounds; round++) {
        const rates: number[] = [];
        for (const { service, users } of services) {
          const { perSecond } = await this.run(service, workload, users, 8);
          rates.push(perSecond);
        }
        const [small = Number.NaN, large = Number.NaN] = rates;
        ratios.push(large / small);
      }
      this.sized.push({ engine, name: workload.name.replace('10,000 users', '500 users'), ratios });
    }
    await Promise.all(services.map(({ service }) => service.stop()));
  }

  /** Measures one figure of another product's server. */
  async samplePeer(server: Server, name: string, request: LoadRequest): Promise<void> {
    const { rounds, seconds, warmUpSeconds } = this.settings;
    const job = { url: server.url, connections: 8, seconds, requests: [request] };
    await this.load.run({ ...job, seconds: warmUpSeconds });
    for (let round = 0; round < rounds; round++) {
      const key = { engine: 'none', name, connections: 8, round } as const;
      this.samples.push(await this.sampleJob(server, key, job));
    }
  }

  private start(database: BenchDatabase, rotation: 'on' | 'off'): Promise<Server> {
    return startService(database, {
      REFRESH_TOKEN_ROTATION: rotation,
      BCRYPT_COST: String(this.settings.bcryptCost),
    });
  }

  private async startHello() {
    const baseline = (name: string) =>
      startServer([`${import.meta.dirname}/baselines/${name}-hello.mjs`]);
    const servers = { fastify: await baseline('fastify'), nest: await baseline('nest') };
    for (const { url } of Object.values(servers)) {
      const seconds = this.settings.warmUpSeconds;
      await this.load.run({ url, connections: 8, seconds, requests: [HELLO] });
    }
    return servers;
  }

  /** Measures one figure between two halves of its baseline. */
  private async compare(
    server: Server,
    workload: Workload,
    users: Users,
    at: At,
    beside: Beside,
  ): Promise<void> {
    const job = this.jobOf(server, workload, users, at.connections);
    await begin(this.load, workload, job);
    const before = await this.sampleBaseline(workload.baseline, at, beside);
    const sample = await this.sampleJob(server, { ...at, name: workload.name }, job);
    // Until then the service renews the cached tokens of these users, on the core of the next figure.
    if (workload.hasBegun) await sleep(this.settings.forgottenAfterSeconds * 1000);
    const after = await this.sampleBaseline(workload.baseline, at, beside);
    this.samples.push({ ...sample, share: sample.perSecond / ((before + after) / 2) });
  }

  /** @returns the rate a second */
  private async sampleBaseline(
    name: Exclude<Baseline, 'fastify'>,
    at: At,
    { hello, commitsUrl }: Beside,
  ): Promise<number> {
    const seconds = this.settings.seconds / 2;
    if (name === 'nest') return this.sampleHello(hello, name, at, seconds);
    const perSecond =
      name === 'bcrypt'
        ? await runBaseline('bcrypt.mjs', String(this.settings.bcryptCost), String(seconds * 4))
        : await runBaseline(
            'commits.mjs',
            commitsUrl,
            // As many as the service's pool has connections.
            String(Math.min(at.connections, 10)),
            String(seconds),
          );
    this.samples.push({
      ...at,
      name: BASELINES[name],
      perSecond,
      share: undefined,
      p99Ms: undefined,
      cpuUs: undefined,
      failures: 0,
    });
    return perSecond;
  }

  private async sampleHello(
    servers: Beside['hello'],
    name: 'fastify' | 'nest',
    at: At,
    seconds: number,
  ): Promise<number> {
    const { url } = servers[name];
    const job = { url, connections: at.connections, seconds, requests: [HELLO] };
    const sample = await this.sampleJob(servers[name], { ...at, name: BASELINES[name] }, job);
    this.samples.push(sample);
    return sample.perSecond;
  }

  private async warmUp(server: Server, workload: Workload, users: Users): Promise<void> {
    const requestsOf = workload.requests(users, 8);
    await this.load.run({
      url: server.url,
      connections: 8,
      seconds: this.settings.warmUpSeconds * Math.min(workload.timesLonger ?? 1, 2),
      requests: requestsOf,
      isChained: workload.isChained ?? false,
    });
    await untilIdle(server.pid);
  }

  private async run(server: Server, workload: Workload, users: Users, connections: number) {
    const job = this.jobOf(server, workload, users, connections);
    await begin(this.load, workload, job);
    const result = await this.load.run(job);
    return { ...result, perSecond: result.requests / result.seconds };
  }

  private jobOf(server: Server, workload: Workload, users: Users, connections: number): LoadJob {
    return jobOf(server, workload, users, connections, this.settings.seconds);
  }

  private async sampleJob(
    server: Server,
    key: At & Pick<Sample, 'name'>,
    job: LoadJob,
  ): Promise<Sample> {
    const { requests, seconds, p99Ms, failures, cpuUs } = await runMeasured(this.load, server, job);
    return { ...key, perSecond: requests / seconds, share: undefined, p99Ms, cpuUs, failures };
  }

  private async meDuringLogins(server: Server, users: Users): Promise<number> {
    const second = new LoadGenerator();
    try {
      const seconds = this.settings.seconds * 2;
      const logins = this.load.run({
        url: server.url,
        connections: 8,
        seconds,
        requests: users.fresh(8).map(requests.login),
      });
      const me = await second.run({
        url: server.url,
        connections: 1,
        seconds,
        ratePerSecond: GENTLE_RATE,
        requests: users.fresh(1).map(requests.me),
      });
      await logins;
      await untilIdle(server.pid);
      return me.p99Ms;
    } finally {
      second.stop();
    }
  }
}

function takes({ connections }: Workload, count: number): boolean {
  return connections?.includes(count) ?? true;
}
