import type { SealKeys, Verdict } from './seal-keys.js';

/** The columns of a row of the audit trail, by name. */
export type Columns = Readonly<Record<string, unknown>>;

/** A place in the chain of one account: the number of a seal and its MAC. */
export interface Link {
  readonly sequence: number;
  readonly mac: string;
}

/** A row in its place of the chain, with the seal that holds it there. */
export interface PlacedRow extends Link {
  /** Empty for rows without an account. */
  readonly accountId: string;
  readonly auditId: string;
  readonly rowMac: string;
}

/** Stands for `null` in the tables of seals, whose keys cannot be `null`. The chain of these rows counts all chains. */
export const NO_ACCOUNT = '';

/** Before the first seal. */
export const START: Link = { sequence: 0, mac: '' };

/**
 * Stands for the seal before, where the head of the chain did not fit when the next row was sealed: the chain shows for
 * good that it was changed there, and later rows are sealed all the same.
 */
export const BREAK = 'break';

/** The MAC of a row by itself, made in the transaction that writes the row. */
export function rowMac(keys: SealKeys, row: Columns): string {
  return keys.make('row', [columnsOf(row)]);
}

export function checkRow(keys: SealKeys, mac: string, row: Columns): Verdict {
  return keys.check(mac, 'row', [columnsOf(row)]);
}

/** The MAC that gives a row its place: chained to the seal before, and through that to all earlier ones. */
export function sealMac(keys: SealKeys, before: string, row: Omit<PlacedRow, 'mac'>): string {
  return keys.make('seal', factsOf(before, row));
}

export function checkSeal(keys: SealKeys, before: string, row: PlacedRow): Verdict {
  return keys.check(row.mac, 'seal', factsOf(before, row));
}

/** The seal before is named with its key, so that another key id is noticed even where its MAC cannot be checked. */
function factsOf(before: string, row: Omit<PlacedRow, 'mac'>): unknown[] {
  return [row.accountId, row.sequence, before, row.auditId, row.rowMac];
}

/** Columns without a value are left out, so that MACs stay right when a later release adds columns. */
function columnsOf(row: Columns): unknown[] {
  return Object.keys(row)
    .sort()
    .filter((name) => row[name] !== null && row[name] !== undefined)
    .map((name) => [name, row[name]]);
}

/** The head or the anchor of a chain: its newest seal, or the newest one that was purged. */
export interface ChainEnd extends Link {
  readonly accountId: string;
  /** The number of the chain among all chains. */
  readonly number: number;
  /** Only in heads: the number of the newest chain, in the chain that counts them. */
  readonly newestNumber?: number;
}

interface Ends {
  readonly accountId: string;
  readonly number: number;
  readonly newestNumber: number;
  readonly headSequence: number;
  readonly headMac: string;
  readonly anchorSequence: number;
  readonly anchorMac: string;
}

export function headOf({ headSequence, headMac, ...chain }: Ends): ChainEnd {
  const { accountId, number, newestNumber } = chain;
  return { accountId, number, newestNumber, sequence: headSequence, mac: headMac };
}

export function anchorOf({ accountId, number, anchorSequence, anchorMac }: Ends): ChainEnd {
  return { accountId, number, sequence: anchorSequence, mac: anchorMac };
}

export function signEnd(keys: SealKeys, kind: 'head' | 'anchor', end: ChainEnd): string {
  return keys.make(kind, factsOfEnd(end));
}

export function checkEnd(
  keys: SealKeys,
  kind: 'head' | 'anchor',
  end: ChainEnd,
  signature: string,
): Verdict {
  return keys.check(signature, kind, factsOfEnd(end));
}

function factsOfEnd({ accountId, number, sequence, mac, newestNumber }: ChainEnd): unknown[] {
  return [accountId, number, sequence, mac, newestNumber];
}
