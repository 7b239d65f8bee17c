import type { Engine } from './database.ts';
import { runCircumstances, table, writeFigures } from './document.ts';
import type { Result } from './measurement.ts';
import { samplesOf, sharesOf, spreadOf, type Sample, type Spread } from './samples.ts';
import { BASELINES, WORKLOADS } from './workloads.ts';

export type Report = Result & {
  readonly production: { readonly packages: number; readonly megabytes: number };
};

/** Prints every table to the terminal. */
export function printReport(report: Report): void {
  console.log(`\n${figures(report)}`);
}

/** Writes the tables into docs/performance.md. */
export async function writeReport(report: Report): Promise<void> {
  await writeFigures('bench', figures(report));
}

function figures(report: Report): string {
  const { rounds, seconds, bcryptCost } = report.settings;
  const parts = [
    `${runCircumstances()}; ${rounds} rounds of ${seconds} s, bcrypt cost ${bcryptCost}.`,
    ...enginesOf(report).flatMap((engine) => [
      shareTable(report, engine),
      rateTable(report, engine),
    ]),
    smallTable(report),
  ];
  const peers = report.samples.filter(({ engine }) => engine === 'none');
  if (peers.length > 0) parts.push(peerTable(peers));
  return parts.join('\n\n');
}

function enginesOf({ starts }: Report) {
  return starts.map(({ engine }) => engine);
}

function shareTable({ samples, settings }: Report, engine: Engine): string {
  const rows = WORKLOADS.flatMap(({ name, baseline, goal, connections }) =>
    settings.connections
      .filter((count) => connections?.includes(count) ?? true)
      .map((count) => {
        const key = { engine, name, connections: count };
        const { min, median, max } = spreadOf(sharesOf(samples, key));
        const wanted = goal?.[engine];
        const verdict = wanted === undefined ? '' : median >= wanted ? 'reached' : 'missed';
        return [
          name,
          BASELINES[baseline],
          String(count),
          ...[min, median, max].map((value) => value.toFixed(2)),
          wanted === undefined ? '' : `≥ ${wanted.toFixed(2)}`,
          verdict,
        ];
      }),
  );
  const head = ['request', 'share of', 'connections', 'min', 'median', 'max', 'goal', ''];
  return table(`**${engine}**, as a share of what is under it:`, head, rows);
}

function rateTable({ samples, settings }: Report, engine: Engine): string {
  const names = [...Object.values(BASELINES), ...WORKLOADS.map(({ name }) => name)];
  const rows = names.flatMap((name) =>
    settings.connections.flatMap((connections) => {
      const own = samplesOf(samples, { engine, name, connections });
      return own.length === 0 ? [] : [[name, String(connections), ...measured(own)]];
    }),
  );
  const head = ['request', 'connections', 'a second', 'p99, ms', 'CPU each, µs', 'failed'];
  return table(`**${engine}**, medians:`, head, rows);
}

function measured(own: readonly Sample[]): string[] {
  const median = (of: (sample: Sample) => number | undefined) =>
    spreadOf(own.flatMap((sample) => of(sample) ?? [])).median;
  const text = (value: number, digits: number) =>
    Number.isNaN(value) ? '' : value.toFixed(digits);
  return [
    text(
      median(({ perSecond }) => perSecond),
      0,
    ),
    text(
      median(({ p99Ms }) => p99Ms),
      0,
    ),
    text(
      median(({ cpuUs }) => cpuUs),
      0,
    ),
    String(own.reduce((sum, { failures }) => sum + failures, 0)),
  ];
}

function smallTable({ starts, meanwhile, sized, production }: Report): string {
  const spread = ({ min, median, max }: Spread, digits: number) =>
    [min, median, max].map((value) => value.toFixed(digits));
  const one = (value: number) => ['', value.toFixed(0), ''];
  const rows = [
    ...starts.flatMap(({ engine, startMs, idleMb, loadedMb }) => [
      [`start to first answer, ms (${engine})`, ...spread(spreadOf(startMs), 0), '≤ 1500'],
      [`memory idle, MB (${engine})`, ...one(idleMb), '≤ 120'],
      [`memory after the load, MB (${engine})`, ...one(loadedMb), '≤ 200'],
    ]),
    ...meanwhile.map(({ engine, p99Ms }) => [
      `p99 of me while others sign in, ms (${engine})`,
      ...spread(spreadOf(p99Ms), 0),
      '< 100',
    ]),
    ...sized.map(({ engine, name, ratios: values }) => [
      `${name}: a million rows over a thousand (${engine})`,
      ...spread(spreadOf(values), 2),
      '≥ 0.90',
    ]),
    [
      `all that runs in production, MB (${production.packages} packages beside the bundle)`,
      ...one(production.megabytes),
      '≤ 80',
    ],
  ];
  return table('**Beside that:**', ['what', 'min', 'median', 'max', 'goal'], rows);
}

function peerTable(samples: readonly Sample[]): string {
  const names = [...new Set(samples.map(({ name }) => name))];
  const rows = names.map((name) => [
    name,
    ...measured(samples.filter((sample) => sample.name === name)),
  ]);
  return table(
    '**Peers**, 8 connections, medians:',
    ['request', 'a second', 'p99, ms', 'CPU each, µs', 'failed'],
    rows,
  );
}
