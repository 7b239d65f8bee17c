// Compares two builds of the service: whether a change made anything slower or faster, and by how much.
//
//   npm run bench:compare -- ../another-checkout [--rounds 7] [--seconds 1]
//
// Both are built, share the machine, and run each workload alternately, so that other load of the machine affects both.
// The CPU time of a request counts: it varies by a few per cent where requests a second vary by a third.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { disposeAll } from '../test/support/cleanup.ts';
import { findMariaDb } from '../test/support/mariadb-server.ts';
import { mariaDb, seededDatabase, type Engine } from './database.ts';
import { LoadGenerator } from './load.ts';
import { pinToServerCore, stayOffServerCore, type Server } from './machine.ts';
import { spreadOf } from './samples.ts';
import { seededPasswordHash, startService } from './service.ts';
import { begin, jobOf, runMeasured } from './workload-runs.ts';
import { MAX_SPARE, Users, WORKLOADS, type Workload } from './workloads.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    users: { type: 'string', default: '3000' },
    connections: { type: 'string', default: '8,64' },
    engines: { type: 'string', default: 'sqlite,mariadb' },
    workloads: { type: 'string', default: '^(guarded|me|API|refresh)' },
  },
});
const [other] = positionals;
if (other === undefined) throw new Error('The path of another built checkout is missing');
const checkouts = [resolve(import.meta.dirname, '..'), resolve(other)] as const;
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const workloads = WORKLOADS.filter(({ name }) => new RegExp(values.workloads).test(name));

interface Contestant {
  readonly users: Users;
  readonly servers: { readonly on: Server; readonly off: Server };
}

const load = new LoadGenerator();
try {
  stayOffServerCore();
  const hash = await seededPasswordHash(10);
  const engines = values.engines.split(',') as Engine[];
  for (const engine of engines) {
    if (engine === 'mariadb') {
      if (!findMariaDb()) continue;
      pinToServerCore((await mariaDb()).pid ?? 0);
    }
    await compareOn(engine, hash);
  }
} finally {
  load.stop();
  await disposeAll();
}

async function compareOn(engine: Engine, hash: string): Promise<void> {
  const contestants: Contestant[] = [];
  for (const checkout of checkouts) {
    const count = Number(values.users) + MAX_SPARE;
    const database = await seededDatabase(engine, count, count, hash);
    const start = (rotation: 'on' | 'off') =>
      startService(database, { BCRYPT_COST: '10', REFRESH_TOKEN_ROTATION: rotation }, checkout);
    const servers = { on: await start('on'), off: await start('off') };
    contestants.push({ users: new Users(database), servers });
  }
  for (const workload of workloads) {
    for (const connections of values.connections.split(',').map(Number)) {
      for (const each of contestants) await cpuOf(each, workload, connections, 2 * seconds);
      const [ours, others]: number[][] = [[], []];
      for (let round = 0; round < rounds; round++) {
        // Alternates the order: the second finds warmer caches, or pending work of the first.
        for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
          const cpu = await cpuOf(contestants[index] as Contestant, workload, connections, seconds);
          (index === 0 ? ours : others)?.push(cpu);
        }
      }
      print(engine, workload, connections, ours ?? [], others ?? []);
    }
  }
  for (const { servers } of contestants) {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

/** CPU time of one request in the service, in microseconds. */
async function cpuOf(
  { users, servers }: Contestant,
  workload: Workload,
  connections: number,
  forSeconds: number,
): Promise<number> {
  const server = servers[workload.rotation];
  const job = jobOf(server, workload, users, connections, forSeconds);
  await begin(load, workload, job);
  const { cpuUs, failures } = await runMeasured(load, server, job);
  if (failures > 0) throw new Error(`${workload.name}: ${failures} requests failed`);
  return cpuUs;
}

function print(
  engine: Engine,
  { name }: Workload,
  connections: number,
  ours: readonly number[],
  others: readonly number[],
): void {
  const ratios = spreadOf(ours.map((each, round) => each / (others[round] ?? Number.NaN)));
  const microseconds = (values: readonly number[]) => `${spreadOf(values).median.toFixed(0)} µs`;
  console.log(
    [
      engine.padEnd(7),
      name.padEnd(32),
      String(connections).padStart(3),
      `here ${microseconds(ours)}`.padStart(12),
      `there ${microseconds(others)}`.padStart(13),
      `  here/there ${ratios.median.toFixed(3)} (${ratios.min.toFixed(2)} to ${ratios.max.toFixed(2)})`,
    ].join(' '),
  );
}
