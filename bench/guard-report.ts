import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars, type Bar } from './chart.ts';
import { docs, runCircumstances, table, writeFigures } from './document.ts';
import { spreadOf, type Spread } from './samples.ts';

/** A request and its figures, one a round. */
export interface Measured {
  readonly name: string;
  readonly kind: Bar['kind'];
  readonly perSecond: number[];
  /** CPU time of its server for one request, in µs. */
  readonly cpuUs: number[];
}

interface GuardReport {
  readonly settings: {
    readonly rounds: number;
    readonly seconds: number;
    readonly connections: number;
  };
  /** One is of kind `bare`: the route of the same host without a guard. */
  readonly measured: readonly Measured[];
}

/** Prints the table to the terminal. */
export function printGuardReport(report: GuardReport): void {
  console.log(`\n${figures(report)}`);
}

/** Writes the table into docs/performance.md, and the picture beside it. */
export async function writeGuardReport(report: GuardReport): Promise<void> {
  const drawn = report.measured.map(({ name, kind, perSecond }) => ({
    label: name,
    kind,
    perSecond: spreadOf(perSecond).median,
  }));
  const title = `Requests a second on one core, ${report.settings.connections} connections`;
  const circumstances = `${runCircumstances()}; medians of ${report.settings.rounds} rounds`;
  writeFileSync(join(docs, 'performance.svg'), bars(title, circumstances, drawn));
  await writeFigures('bench:guard', `${figures(report)}\n\n![${title}](performance.svg)`);
}

function figures({ settings, measured }: GuardReport): string {
  const { rounds, seconds, connections } = settings;
  const bare = measured.find(({ kind }) => kind === 'bare')?.cpuUs ?? [];
  const rows = measured.map(({ name, kind, perSecond, cpuUs }) => {
    const over = (combine: (own: number, bare: number) => number) =>
      spreadOf(cpuUs.map((each, round) => combine(each, bare[round] ?? Number.NaN)));
    const more = over((own, bare) => own - bare);
    const times = over((own, bare) => own / bare);
    return [
      name,
      shown(spreadOf(perSecond), 0),
      shown(spreadOf(cpuUs), 1),
      ...(kind === 'bare' ? ['', ''] : [shown(more, 1), shown(times, 2)]),
    ];
  });
  const head = ['request', 'a second', 'CPU each, µs', 'more than no guard, µs', 'times no guard'];
  const title = `${runCircumstances()}; ${connections} connections, ${rounds} rounds of ${seconds} s, medians (and ranges):`;
  return table(title, head, rows);
}

function shown({ min, median, max }: Spread, digits: number): string {
  const [low, middle, high] = [min, median, max].map((value) => value.toFixed(digits));
  return `${middle} (${low} to ${high})`;
}
