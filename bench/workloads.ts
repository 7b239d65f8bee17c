import type { BenchDatabase, Engine, SeededUser } from './database.ts';
import type { LoadRequest } from './load.ts';
import { requests } from './service.ts';

export const BASELINES = {
  fastify: 'bare Fastify',
  nest: 'bare Nest on Fastify',
  bcrypt: 'raw bcrypt',
  commits: 'raw commits',
} as const;

export type Baseline = keyof typeof BASELINES;

export interface Workload {
  readonly name: string;
  readonly baseline: Exclude<Baseline, 'fastify'>;
  /** The share of the baseline that it must reach, by engine. */
  readonly goal: Readonly<Record<Engine, number>> | undefined;
  /** The service to which it is sent: with or without rotation of refresh tokens. */
  readonly rotation: 'on' | 'off';
  /** Default: all that the run measures. */
  readonly connections?: readonly number[];
  /** Ends after this number of requests per connection instead of after a time, which would cut some of them off. */
  readonly requestsEach?: number;
  /** Factor by which it is measured longer than others. */
  readonly timesLonger?: number;
  /** Sends each request once before the measurement, in every round. */
  readonly hasBegun?: boolean;
  readonly isChained?: boolean;
  /** Returns new requests for each run if a request can be sent only once. */
  readonly requests: (users: Users, connections: number) => readonly LoadRequest[];
}

/** Distributes users, so that runs do not affect each other: a sign-in ends the earlier session. */
export class Users {
  /** Users whose sessions no workload ends. */
  readonly lasting: readonly SeededUser[];
  private readonly spare: readonly SeededUser[];
  private next = 0;

  constructor({ users }: BenchDatabase) {
    const spare = Math.min(MAX_SPARE, Math.floor(users.length / 2));
    this.lasting = users.slice(spare);
    this.spare = users.slice(0, spare);
  }

  /** Users that were not used before, until all have been used. */
  fresh(count: number): SeededUser[] {
    return Array.from({ length: count }, () => {
      const user = this.spare[this.next++ % this.spare.length];
      if (!user) throw new Error('the database is empty');
      return user;
    });
  }
}

/** More users than a run uses up. */
export const MAX_SPARE = 2_000;

const each = (goal: number) => ({ sqlite: goal, mariadb: goal, postgres: goal });

/** In the order in which they run: workloads that write rows come last. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'guarded route that reads nothing',
    baseline: 'nest',
    goal: each(0.6),
    rotation: 'on',
    requests: (users) => users.lasting.slice(0, 1).map(requests.validate),
  },
  {
    name: 'me, one user',
    baseline: 'nest',
    goal: each(0.5),
    rotation: 'on',
    requests: (users) => users.lasting.slice(0, 1).map(requests.me),
  },
  {
    name: 'me, 10,000 users',
    baseline: 'nest',
    goal: each(0.35),
    rotation: 'on',
    // Measures the steady state, as if all users had been active for a while.
    hasBegun: true,
    timesLonger: 2,
    requests: (users) => users.lasting.map(requests.me),
  },
  {
    name: 'API key',
    baseline: 'nest',
    goal: each(0.45),
    rotation: 'on',
    requests: (users) => users.lasting.slice(0, 1).map(requests.apiKey),
  },
  {
    name: 'refresh, token kept',
    baseline: 'commits',
    goal: undefined,
    rotation: 'off',
    requests: (users, connections) => users.fresh(connections).map(requests.refresh),
  },
  {
    name: 'refresh, token rotates',
    baseline: 'commits',
    goal: { sqlite: 0.4, mariadb: 0.35, postgres: 0.35 },
    rotation: 'on',
    isChained: true,
    requests: (users, connections) => users.fresh(connections).map(requests.refresh),
  },
  {
    name: 'login',
    baseline: 'bcrypt',
    goal: each(0.95),
    rotation: 'on',
    // At 64 some would wait longer than the service allows.
    connections: [8],
    requestsEach: 5,
    requests: (users, connections) => users.fresh(connections).map(requests.login),
  },
  {
    name: 'sign-up',
    baseline: 'bcrypt',
    goal: undefined,
    rotation: 'on',
    connections: [8],
    requestsEach: 4,
    requests: () => Array.from({ length: 2000 }, (_, index) => requests.signUp(index)),
  },
];
