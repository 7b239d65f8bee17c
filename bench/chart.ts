import type { Engine } from './database.ts';
import { samplesOf, spreadOf, type Sample } from './samples.ts';
import { BASELINES, WORKLOADS } from './workloads.ts';

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 250;
const TOP = 40;
const BOTTOM = 50;
const DECADES = [10, 100, 1_000, 10_000, 100_000];
const COLOURS = ['#888', '#444', '#1b6ca8', '#c0392b', '#e08e0b', '#27794d', '#7d4ba0', '#a0522d'];

/** Draws requests a second over connections, both on a logarithmic scale: a curve per request, bars from min to max. */
export function curves(samples: readonly Sample[], engine: Engine): string {
  const own = samples.filter((sample) => sample.engine === engine);
  const counts = [...new Set(own.map(({ connections }) => connections))].toSorted((a, b) => a - b);
  const x = (index: number) =>
    LEFT + (counts.length === 1 ? 0 : (index / (counts.length - 1)) * (WIDTH - LEFT - RIGHT));
  const y = (rate: number) =>
    TOP + (1 - (Math.log10(Math.max(rate, 10)) - 1) / 4) * (HEIGHT - TOP - BOTTOM);
  const names = [
    BASELINES.nest,
    BASELINES.commits,
    ...WORKLOADS.filter(({ connections }) => !connections).map(({ name }) => name),
  ];
  const lines = names.map((name, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '#000';
    const points = counts.flatMap((connections, place) => {
      const rates = samplesOf(own, { engine, name, connections }).map(({ perSecond }) => perSecond);
      return rates.length === 0 ? [] : [{ at: x(place), ...spreadOf(rates) }];
    });
    const path = points.map(({ at, median }) => `${at.toFixed(1)},${y(median).toFixed(1)}`);
    const bars = points.map(
      ({ at, min, max }) =>
        `<line x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${y(min).toFixed(1)}" y2="${y(max).toFixed(1)}" stroke="${colour}" stroke-width="4" opacity="0.4"/>`,
    );
    const legend = TOP + 20 * index;
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${path.join(' ')}"/>`,
      ...bars,
      `<line x1="${WIDTH - RIGHT + 20}" x2="${WIDTH - RIGHT + 44}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="3"/>`,
      `<text x="${WIDTH - RIGHT + 50}" y="${legend + 4}">${name}</text>`,
    ].join('\n');
  });
  const grid = DECADES.map(
    (rate) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(rate)}" y2="${y(rate)}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(rate) + 4}" text-anchor="end">${rate.toLocaleString('en')}</text>`,
  );
  const ticks = counts.map(
    (count, index) =>
      `<text x="${x(index)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${count}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="14">Requests a second, ${engine}: median, and from minimum to maximum</text>
${[...grid, ...ticks, ...lines].join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">connections</text>
</svg>
`;
}
