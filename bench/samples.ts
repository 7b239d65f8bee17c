import type { Engine } from './database.ts';

/** One figure of one round. */
export interface Sample {
  readonly engine: Engine | 'none';
  /** Name of the measurement in the tables. */
  readonly name: string;
  readonly connections: number;
  readonly round: number;
  readonly perSecond: number;
  /** Share of its baseline, measured directly before and after; `undefined` without a baseline. */
  readonly share: number | undefined;
  readonly p99Ms: number | undefined;
  /** CPU time of the service for one request, in µs. */
  readonly cpuUs: number | undefined;
  /** Anything but 2xx, and requests without an answer. */
  readonly failures: number;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}

type Key = Pick<Sample, 'engine' | 'name' | 'connections'>;

/** The samples of one measurement, in the order of their rounds. */
export function samplesOf(samples: readonly Sample[], key: Key): Sample[] {
  return samples.filter(
    ({ engine, name, connections }) =>
      engine === key.engine && name === key.name && connections === key.connections,
  );
}

/** A measurement as a share of its baseline, for each round. */
export function sharesOf(samples: readonly Sample[], key: Key): number[] {
  return samplesOf(samples, key).flatMap(({ share }) => share ?? []);
}
