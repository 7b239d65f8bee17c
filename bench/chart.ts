/** One request, and how many of it are answered a second. */
export interface Bar {
  readonly label: string;
  readonly kind: keyof typeof COLOURS;
  readonly perSecond: number;
}

/** By colour scheme, light and dark. Each has a contrast of 3:1 at least to the ground (WCAG 1.4.11), and text of 7:1. */
const COLOURS = {
  nest: ['#6e7781', '#8b949e'],
  bare: ['#6e7781', '#8b949e'],
  ours: ['#0969da', '#58a6ff'],
  'by hand': ['#bc4c00', '#f0883e'],
  peer: ['#8250df', '#bc8cff'],
} as const;
const GROUND = ['#ffffff', '#0d1117'] as const;
const TEXT = ['#1f2328', '#e6edf3'] as const;
const LINES = ['#d0d7de', '#30363d'] as const;

const WIDTH = 760;
const LEFT = 235;
const RIGHT = 60;
const TOP = 48;
const ROW = 30;
const BAR = 18;

/** Draws horizontal bars on one linear axis that begins at 0. */
export function bars(title: string, circumstances: string, all: readonly Bar[]): string {
  const longest = Math.max(...all.map(({ perSecond }) => perSecond));
  const step = tickStep(longest);
  const ticks = Array.from({ length: Math.floor(longest / step) + 1 }, (_, index) => index * step);
  const x = (perSecond: number) => LEFT + (perSecond / longest) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + ROW * all.length;
  const grid = ticks.map(
    (tick) =>
      `<line x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${TOP}" y2="${bottom}"/><text x="${px(x(tick))}" y="${bottom + 18}" text-anchor="middle">${count(tick)}</text>`,
  );
  const rows = all.map(({ label, kind, perSecond }, index) => {
    const top = TOP + ROW * index + (ROW - BAR) / 2;
    const line = top + BAR - 5;
    const className = kind.replaceAll(' ', '-');
    return `<text x="${LEFT - 10}" y="${line}" text-anchor="end">${escaped(label)}</text><rect class="${className}" x="${LEFT}" y="${top}" width="${px(x(perSecond) - LEFT)}" height="${BAR}"/><text x="${px(x(perSecond) + 6)}" y="${line}">${count(perSecond)}</text>`;
  });
  const description = all.map(({ label, perSecond }) => `${label}: ${count(perSecond)}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 54}" role="img" aria-labelledby="title description" font-family="sans-serif" font-size="13">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(`${description}. ${circumstances}`)}</desc>
<style>
${scheme(0)}
@media (prefers-color-scheme: dark) {
${scheme(1)}
}
</style>
<rect class="ground" width="100%" height="100%"/>
<text x="10" y="26" font-size="15" font-weight="bold">${escaped(title)}</text>
<g class="grid">${grid.join('\n')}</g>
${rows.join('\n')}
<text x="10" y="${bottom + 42}" font-size="12">${escaped(circumstances)}</text>
</svg>
`;
}

function scheme(index: 0 | 1): string {
  const fills = Object.entries({ ground: GROUND, ...COLOURS }).map(
    ([kind, colours]) => `.${kind.replaceAll(' ', '-')} { fill: ${colours[index]} }`,
  );
  return [`text { fill: ${TEXT[index]} }`, `line { stroke: ${LINES[index]} }`, ...fills].join('\n');
}

/** The largest of 1, 2 and 5 times a power of ten that gives four ticks at least. */
function tickStep(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest / 4));
  return power * ([5, 2].find((factor) => power * factor <= longest / 4) ?? 1);
}

function px(value: number): string {
  return value.toFixed(1);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
