import type { Findings } from './audit-verification.js';
import {
  BREAK,
  checkEnd,
  checkRow,
  checkSeal,
  START,
  type ChainEnd,
  type Columns,
  type Link,
  type PlacedRow,
} from './links.js';
import { keyIdOf, type SealKeys, type Verdict } from './seal-keys.js';

/** Checks the seals of one account, in the order of their numbers. */
export class ChainWalk {
  private last = START;

  constructor(
    private readonly keys: SealKeys,
    private readonly findings: Findings,
    private readonly accountId: string,
  ) {}

  /** The number of the seal that was checked last. */
  get sequence(): number {
    return this.last.sequence;
  }

  /** Begins after the rows that were purged. */
  beginAt(anchor: Link): void {
    this.last = anchor;
  }

  /** @param row the columns of the row that the seal names */
  step(seal: PlacedRow, row: Columns | undefined): void {
    const follows = seal.sequence === this.last.sequence + 1;
    if (!follows) this.missing(seal.sequence - 1);
    // The seal that it is chained to is gone with the rows before it.
    const place = follows ? checkSeal(this.keys, this.last.mac, seal) : 'right';
    const content = row ? this.contentOf(seal, row) : 'right';
    if (!row) this.fault('missing', 'is missing', seal.auditId);
    else if (content === 'wrong') this.fault('edited', 'was edited', seal.auditId);
    else if (place === 'wrong') this.misplaced(seal);
    else if (place === 'unknown key') this.findings.unchecked(keyIdOf(seal.mac));
    else if (content === 'unknown key') this.findings.unchecked(keyIdOf(seal.rowMac));
    else this.findings.sealed++;
    this.last = { sequence: seal.sequence, mac: seal.mac };
  }

  /** Compares the end of the chain with its signed head. */
  finish(head: ChainEnd, signature: string): void {
    const { last } = this;
    if (last.sequence < head.sequence) this.missing(head.sequence);
    const verdict = checkEnd(this.keys, 'head', head, signature);
    if (verdict === 'unknown key') this.findings.unchecked(keyIdOf(signature), 0);
    const isOther = last.sequence === head.sequence && last.mac !== head.mac;
    if (verdict !== 'wrong' && !isOther) return;
    this.fault('head', 'the head was changed: its newest rows may have been cut off');
  }

  private contentOf(seal: PlacedRow, row: Columns): Verdict {
    if ((row['accountId'] ?? '') !== seal.accountId) return 'wrong';
    return checkRow(this.keys, seal.rowMac, row);
  }

  private misplaced(seal: PlacedRow): void {
    const isBreak = checkSeal(this.keys, BREAK, seal) === 'right';
    const problem = isBreak
      ? 'follows rows that were cut off or changed before it was sealed'
      : 'is not in the place where it was sealed: it or the row before it was moved';
    this.fault('moved', problem, seal.auditId);
  }

  private missing(lastSequence: number): void {
    const first = this.last.sequence + 1;
    const rows = first === lastSequence ? `row ${first}` : `rows ${first} to ${lastSequence}`;
    this.fault('missing', `${rows} of the chain are missing with their seals`);
  }

  private fault(kind: 'edited' | 'missing' | 'moved' | 'head', text: string, id?: string): void {
    this.findings.fault(kind, this.accountId, id === undefined ? text : `row ${id} ${text}`, id);
  }
}
