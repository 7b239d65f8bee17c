// Measures what a guard costs a route, for `npm run bench:guard`; see docs/performance.md. One host has a route without
// a guard, one with Gatehouse's and two with passport-jwt as the Nest guide writes it. Beside it run the service and
// other software, installed from npm for the run. Each round asks all of them in turn.
//   --quick   about a minute: the host alone, short rounds, no report is written
import { join } from 'node:path';
import { disposeAll, temporaryDirectory } from '../test/support/cleanup.ts';
import { seededDatabase } from './database.ts';
import { printGuardReport, writeGuardReport, type Measured } from './guard-report.ts';
import { LoadGenerator, type LoadRequest } from './load.ts';
import { isPinned, startServer, stayOffServerCore, type Server } from './machine.ts';
import { announcement, PEERS, startPeer } from './peers.ts';
import { requests, seededPasswordHash, startService } from './service.ts';
import { runMeasured } from './workload-runs.ts';

interface Contestant {
  readonly measured: Measured;
  readonly server: Server;
  readonly request: LoadRequest;
}

const isQuick = process.argv.includes('--quick');
const settings = { rounds: isQuick ? 8 : 9, seconds: isQuick ? 0.8 : 0.7, connections: 8 };
/** Node takes some 60,000 requests to optimise the code of a guard. */
const warmUpSeconds = isQuick ? 3 : 5;
/** No sign-in is measured. */
const BCRYPT_COST = 10;
/** The kinds of the host's routes; the others have a strategy of passport. */
const KINDS: Readonly<Record<string, Measured['kind']>> = {
  'no guard': 'bare',
  'Gatehouse: guarded route': 'ours',
};

const load = new LoadGenerator();
try {
  stayOffServerCore();
  if (!isPinned) console.log('No taskset: servers and load share the cores, and figures are low.');
  const contestants = await startHost();
  if (!isQuick) contestants.push(await startOwnService(), ...(await startPeers()));
  for (const contestant of contestants) await ask(contestant, warmUpSeconds);
  for (let round = 0; round < settings.rounds; round++) {
    console.log(`round ${round + 1} of ${settings.rounds}`);
    for (const contestant of contestants) {
      const { requests, seconds, cpuUs, failures } = await ask(contestant, settings.seconds);
      if (failures > 0) throw new Error(`${contestant.measured.name}: ${failures} failed`);
      contestant.measured.perSecond.push(requests / seconds);
      contestant.measured.cpuUs.push(cpuUs);
    }
  }
  const report = { settings, measured: contestants.map(({ measured }) => measured) };
  printGuardReport(report);
  if (!isQuick) await writeGuardReport(report);
  await Promise.all(new Set(contestants.map(({ server }) => server.stop())));
} finally {
  load.stop();
  await disposeAll();
}

function ask({ server, request }: Contestant, seconds: number) {
  const { connections } = settings;
  return runMeasured(load, server, { url: server.url, connections, seconds, requests: [request] });
}

/** Bare Nest and the routes of guard-host.ts. */
async function startHost(): Promise<Contestant[]> {
  const nest = await startServer([join(import.meta.dirname, 'baselines/nest-hello.mjs')]);
  const loader = ['--import', '@swc-node/register/esm-register'];
  const host = await startServer([...loader, join(import.meta.dirname, 'guard-host.ts')], {
    DATA_DIR: temporaryDirectory('host'),
    NODE_ENV: 'production',
  });
  const { requests } = await announcement(host);
  const routes = Object.entries(requests).map(([name, request]) =>
    contestant(name, KINDS[name] ?? 'by hand', host, request),
  );
  const [bare] = routes;
  if (!bare) throw new Error('the host has no routes');
  const hello = { ...bare.request, path: '/' };
  return [contestant('no guard, Nest alone', 'nest', nest, hello), ...routes];
}

async function startOwnService(): Promise<Contestant> {
  const hash = await seededPasswordHash(BCRYPT_COST);
  const database = await seededDatabase('sqlite', 10, 1, hash);
  const [user] = database.users;
  if (!user) throw new Error('the database is empty');
  const server = await startService(database);
  return contestant('Gatehouse as a service: me', 'ours', server, requests.me(user));
}

async function startPeers(): Promise<Contestant[]> {
  const started: Contestant[] = [];
  for (const files of PEERS) {
    const { server, name, requests } = await startPeer(files, BCRYPT_COST);
    if (requests['me']) started.push(contestant(`${name}: me`, 'peer', server, requests['me']));
  }
  return started;
}

function contestant(
  name: string,
  kind: Measured['kind'],
  server: Server,
  request: LoadRequest,
): Contestant {
  return { measured: { name, kind, perSecond: [], cpuUs: [] }, server, request };
}
