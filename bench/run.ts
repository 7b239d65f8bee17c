// Measures the service's requests a second as a share of its baselines, for `npm run bench`; see docs/performance.md.
//   --quick   about four minutes: 8 connections, short rounds, no million rows, no report is written
//   --small   without the million rows, which take the longest to create
//   --peers   also other software, installed from npm for the run
import { disposeAll } from '../test/support/cleanup.ts';
import { enginesHere, seededDatabase, startDatabaseServer } from './database.ts';
import { LoadGenerator } from './load.ts';
import { isPinned, stayOffServerCore } from './machine.ts';
import { Measurement } from './measurement.ts';
import { measurePeers } from './peers.ts';
import { printReport, writeReport } from './report.ts';
import { MAX_SPARE } from './workloads.ts';
import { seededPasswordHash } from './service.ts';
import { productionFolder } from './production-folder.ts';

const isQuick = process.argv.includes('--quick');
const isSmall = isQuick || process.argv.includes('--small');
/** The service's default, except in a quick run: the work of a sign-in beside hashing is relative to it. */
const BCRYPT_COST = isQuick ? 10 : 12;
const USERS = 10_000 + MAX_SPARE;
const SIZES = [1_000, 1_000_000];

const load = new LoadGenerator();
const measurement = new Measurement(load, {
  bcryptCost: BCRYPT_COST,
  rounds: isQuick ? 3 : 4,
  seconds: isQuick ? 0.4 : 2,
  warmUpSeconds: isQuick ? 1 : 5,
  // Too long for a quick run, whose figures after `me, 10,000 users` are a few per cent low.
  forgottenAfterSeconds: isQuick ? 0 : 22,
  connections: isQuick ? [8] : [8, 64],
});

const production = productionFolder();
const figures = () => ({ ...measurement.result(), production });
/** Writes the report before the next part, because a million rows take long. */
const keep = async () => {
  if (!isQuick) await writeReport(figures());
};

try {
  stayOffServerCore();
  if (!isPinned) console.log('No taskset: service and load share the cores, and figures are low.');
  const engines = enginesHere();
  console.log(`Measured: ${engines.join(', ')}; an engine that is not installed is left out.`);
  const hash = await seededPasswordHash(BCRYPT_COST);
  for (const engine of engines) {
    await startDatabaseServer(engine);
    console.log(`\n${engine}: ${USERS} users`);
    await measurement.measure(await seededDatabase(engine, USERS, USERS, hash));
  }
  if (process.argv.includes('--peers')) await measurePeers(measurement, BCRYPT_COST);
  await keep();
  if (!isSmall) {
    for (const engine of engines) {
      const databases = [];
      for (const size of SIZES) {
        console.log(`\n${engine}: ${size} users and sessions`);
        databases.push({ size, database: await seededDatabase(engine, size, 1_000, hash) });
      }
      await measurement.measureSizes(databases);
      await keep();
    }
  }
  printReport(figures());
} finally {
  load.stop();
  await disposeAll();
}
