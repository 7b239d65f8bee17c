// Compares two builds of the service: whether a change made anything slower or faster, and by how much.
//
//   npm run bench:compare -- ../another-checkout [--rounds 7] [--seconds 1]
//   npm run bench:compare -- ../another-checkout --in-turns
//
// Both are built and run each workload on the same core at the same time, so that a machine whose speed changes changes
// it for both. Each round starts new processes, because two processes of one program differ by several per cent. It prints
// the median ratio of the CPU time that the services take for a request. With `--in-turns` they run alternately, and
// requests a second count, which include the time of the database and vary by a third.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { disposeAll } from '../test/support/cleanup.ts';
import {
  enginesHere,
  seededDatabase,
  startDatabaseServer,
  type BenchDatabase,
  type Engine,
} from './database.ts';
import { LoadGenerator } from './load.ts';
import { stayOffServerCore, type Server } from './machine.ts';
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
    engines: { type: 'string', default: 'sqlite,mariadb,postgres' },
    workloads: { type: 'string', default: '^(guarded|me|API|refresh)' },
    'in-turns': { type: 'boolean', default: false },
  },
});
const [other] = positionals;
if (other === undefined) throw new Error('The path of another built checkout is missing');
const checkouts = [resolve(import.meta.dirname, '..'), resolve(other)] as const;
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const workloads = WORKLOADS.filter(({ name }) => new RegExp(values.workloads).test(name));

interface Figures {
  /** CPU time of one request in the service, in microseconds. */
  readonly cpuUs: number;
  readonly perSecond: number;
}

interface Contestant {
  readonly load: LoadGenerator;
  readonly database: BenchDatabase;
  readonly users: Users;
  readonly checkout: string;
}

type Servers = Readonly<Partial<Record<Workload['rotation'], Server>>>;

const loads = [new LoadGenerator(), new LoadGenerator()];
try {
  stayOffServerCore();
  const hash = await seededPasswordHash(10);
  for (const engine of enginesHere()) {
    if (!values.engines.split(',').includes(engine)) continue;
    await startDatabaseServer(engine);
    await compareOn(engine, hash);
  }
} finally {
  for (const load of loads) load.stop();
  await disposeAll();
}

async function compareOn(engine: Engine, hash: string): Promise<void> {
  const contestants: Contestant[] = [];
  for (const [index, checkout] of checkouts.entries()) {
    const count = Number(values.users) + MAX_SPARE;
    const database = await seededDatabase(engine, count, count, hash);
    const load = loads[index] as LoadGenerator;
    contestants.push({ load, database, users: new Users(database), checkout });
  }
  const pairs = new Map<string, (readonly Figures[])[]>();
  for (let round = 0; round < rounds; round++) {
    // Alternates the order: the second finds warmer caches, or pending work of the first.
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const [name, figures] of await runRound(order)) {
      const pair = order === contestants ? figures : figures.toReversed();
      pairs.set(name, [...(pairs.get(name) ?? []), pair]);
    }
  }
  for (const [name, figures] of pairs) print(engine, name, figures);
}

/** The figures of all workloads, in the order of the contestants. */
async function runRound(
  contestants: readonly Contestant[],
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const servers = await inOrder(contestants, startServers);
  const results = new Map<string, readonly Figures[]>();
  for (const workload of workloads) {
    for (const connections of values.connections.split(',').map(Number)) {
      const run = (contestant: Contestant, index: number) =>
        measure(contestant, servers[index]?.[workload.rotation] as Server, workload, connections);
      const runBoth = () =>
        values['in-turns'] ? inOrder(contestants, run) : Promise.all(contestants.map(run));
      await runBoth(); // Node optimises the code meanwhile.
      results.set(
        `${workload.name.padEnd(32)} ${String(connections).padStart(3)}`,
        await runBoth(),
      );
    }
  }
  await Promise.all(servers.flatMap((each) => Object.values(each).map((server) => server.stop())));
  return results;
}

async function inOrder<T, R>(
  items: readonly T[],
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await run(item, index));
  return results;
}

async function startServers({ database, checkout }: Contestant): Promise<Servers> {
  const servers: { [Rotation in Workload['rotation']]?: Server } = {};
  for (const rotation of new Set(workloads.map((workload) => workload.rotation))) {
    const env = { BCRYPT_COST: '10', REFRESH_TOKEN_ROTATION: rotation };
    servers[rotation] = await startService(database, env, checkout);
  }
  return servers;
}

async function measure(
  { load, users }: Contestant,
  server: Server,
  workload: Workload,
  connections: number,
): Promise<Figures> {
  const job = jobOf(server, workload, users, connections, seconds);
  await begin(load, workload, job);
  const { cpuUs, requests, seconds: took, failures } = await runMeasured(load, server, job);
  if (failures > 0) throw new Error(`${workload.name}: ${failures} requests failed`);
  return { cpuUs, perSecond: requests / took };
}

function print(engine: Engine, name: string, pairs: readonly (readonly Figures[])[]): void {
  const figure = values['in-turns'] ? 'perSecond' : 'cpuUs';
  const of = (index: number) => pairs.map((pair) => pair[index]?.[figure] ?? Number.NaN);
  const [ours, others] = [of(0), of(1)];
  const ratio = spreadOf(ours.map((each, round) => each / (others[round] ?? Number.NaN)));
  const shown = (figures: readonly number[]) =>
    `${spreadOf(figures).median.toFixed(0)} ${values['in-turns'] ? '/s' : 'µs'}`;
  console.log(
    [
      engine.padEnd(8),
      name,
      `here ${shown(ours)}`.padStart(13),
      `there ${shown(others)}`.padStart(14),
      `  here/there ${ratio.median.toFixed(3)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`,
    ].join(' '),
  );
}
