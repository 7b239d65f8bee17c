/** Lengths from which a text is predictable. */
export interface Predictable {
  /** Of a piece that occurred before. */
  readonly piece: number;
  /** Of a run of equal steps: `aaa`, `abc`, `975`. */
  readonly run: number;
}

/** How many symbols cannot be predicted from those before them. */
export function novelty(symbols: readonly number[], { piece, run }: Predictable): number {
  const predicted = new Set<number>();
  const seen = new Set<string>();
  let steps = 0;
  for (let index = 1; index < symbols.length; index++) {
    const isSameStep = index > 1 && step(symbols, index) === step(symbols, index - 1);
    steps = isSameStep ? steps + 1 : 1;
    // Once the run is long enough, all its symbols but the first two count, and from then on each further one.
    const length = steps + 1 === run ? steps - 1 : Math.sign(steps + 1 - run);
    for (let back = 0; back < length; back++) predicted.add(index - back);
  }
  for (let end = piece; end <= symbols.length; end++) {
    const text = symbols.slice(end - piece, end).join();
    if (seen.has(text)) for (let back = 1; back <= piece; back++) predicted.add(end - back);
    seen.add(text);
  }
  return symbols.length - predicted.size;
}

function step(symbols: readonly number[], index: number): number {
  return (symbols[index] ?? 0) - (symbols[index - 1] ?? 0);
}
