import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Findings } from './audit-verification.js';
import { ChainWalk } from './chain-walk.js';
import { BREAK, rowMac, sealMac, signEnd, START, type Columns, type PlacedRow } from './links.js';
import { keyIdOf, SealKeys } from './seal-keys.js';

interface Entry {
  seal: PlacedRow;
  row: Columns | undefined;
}

const [former, present] = [randomBytes(32), randomBytes(32)];
const KEYS = new SealKeys([present, former]);
const ACCOUNT = 'account-1';

const rowOf = (id: string, accountId: string | null = ACCOUNT): Columns => ({
  id,
  createdAt: 1_764_000_000_000,
  accountId,
  event: 'user.created',
  targetId: null,
});

/** A chain of rows named `r1`, `r2`, …, and its signed head. */
function chainOf(count: number, keys = KEYS, accountId = ACCOUNT) {
  let before = START.mac;
  const entries = Array.from({ length: count }, (_, index): Entry => {
    const row = rowOf(`r${index + 1}`, accountId || null);
    const placed = { accountId, sequence: index + 1, auditId: `r${index + 1}` };
    const seal = { ...placed, rowMac: rowMac(keys, row) };
    before = sealMac(keys, before, seal);
    return { seal: { ...seal, mac: before }, row };
  });
  const head = { accountId, number: 7, sequence: count, mac: before };
  return { entries, head, signature: signEnd(keys, 'head', head) };
}

type Chain = ReturnType<typeof chainOf>;

function walked({ entries, head, signature }: Chain, keys = KEYS) {
  const findings = new Findings();
  const walk = new ChainWalk(keys, findings, head.accountId);
  for (const { seal, row } of entries) walk.step(seal, row);
  walk.finish(head, signature);
  return findings.result([]);
}

/** The faults as `kind id`, or `kind text` where no row is named. */
const faultsOf = (chain: Chain) =>
  walked(chain).faults.map(({ kind, auditId, message }) => `${kind} ${auditId ?? message}`);

const HEAD = 'head the head was changed: its newest rows may have been cut off';

/** A chain of five rows, after a change. */
function changed(change: (entries: Entry[], chain: Chain) => void): Chain {
  const chain = chainOf(5);
  change(chain.entries, chain);
  return chain;
}

const at = (entries: Entry[], sequence: number) => entries[sequence - 1] as Entry;

describe('the seals of audit rows', () => {
  it('are intact where nothing was changed', () => {
    const result = walked(chainOf(5));
    expect(result).toMatchObject({ isIntact: true, sealed: 5, faults: [], unchecked: {} });
    expect(walked(chainOf(3, KEYS, '')).isIntact).toBe(true);
  });

  it.each(Object.keys(rowOf('r3')))('show an edited %s', (column) => {
    const edit = (value: unknown) => (entries: Entry[]) => {
      at(entries, 3).row = { ...rowOf('r3'), [column]: value };
    };
    for (const value of ['other', 7, '', 'null', '0', [], undefined]) {
      const isAbsent = value === undefined && column === 'targetId';
      expect(faultsOf(changed(edit(value)))).toEqual(isAbsent ? [] : ['edited r3']);
    }
  });

  it('show a column that was added, but not one without a value, which a later release may add', () => {
    const add = (value: unknown) => (entries: Entry[]) => {
      at(entries, 3).row = { ...rowOf('r3'), later: value };
    };
    expect(faultsOf(changed(add('x')))).toEqual(['edited r3']);
    expect(faultsOf(changed(add(null)))).toEqual([]);
  });

  it.each<[string, (entries: Entry[], chain: Chain) => void, string[]]>([
    ['a missing row', (all) => void (at(all, 3).row = undefined), ['missing r3']],
    [
      'a row that is missing with its seal',
      (all) => all.splice(2, 1),
      ['missing row 3 of the chain are missing with their seals'],
    ],
    [
      'the contents of two rows that were swapped',
      (all) => ([at(all, 2).row, at(all, 3).row] = [at(all, 3).row, at(all, 2).row]),
      ['edited r2', 'edited r3'],
    ],
    [
      'two rows that were swapped with their seals',
      (all) => {
        const [two, three] = [at(all, 2), at(all, 3)];
        all[1] = { row: three.row, seal: { ...three.seal, sequence: 2 } };
        all[2] = { row: two.row, seal: { ...two.seal, sequence: 3 } };
      },
      ['moved r3', 'moved r2', 'moved r4'],
    ],
    [
      'the newest rows that are missing with their seals',
      (all) => all.splice(3),
      ['missing rows 4 to 5 of the chain are missing with their seals'],
    ],
    [
      'a head that was put back without a signature',
      (all, chain) => {
        all.splice(3);
        Object.assign(chain.head, { sequence: 3, mac: at(all, 3).seal.mac });
      },
      [HEAD],
    ],
    ['a chain number that was changed', (_, { head }) => void (head.number = 8), [HEAD]],
    [
      'the seal of another account',
      (all) => {
        const other = chainOf(3, KEYS, 'account-2');
        all[2] = {
          ...at(other.entries, 3),
          seal: { ...at(other.entries, 3).seal, accountId: ACCOUNT },
        };
      },
      ['edited r3', 'moved r4'],
    ],
    [
      'a head that did not fit when the next row was sealed',
      (all, chain) => {
        const { seal } = at(all, 5);
        const mac = sealMac(KEYS, BREAK, seal);
        all[4] = { ...at(all, 5), seal: { ...seal, mac } };
        chain.head.mac = mac;
        chain.signature = signEnd(KEYS, 'head', chain.head);
      },
      ['moved r5'],
    ],
  ])('show %s', (_, change, expected) => {
    expect(faultsOf(changed(change))).toEqual(expected);
  });

  it('never match a seal of another kind, row or place', () => {
    const { entries, head } = chainOf(2);
    expect(signEnd(KEYS, 'anchor', head)).not.toBe(signEnd(KEYS, 'head', head));
    expect(new Set(entries.flatMap(({ seal }) => [seal.mac, seal.rowMac])).size).toBe(4);
  });

  it('are checked with every key that is set, and the first one makes them', () => {
    const old = chainOf(3, new SealKeys([former]));
    expect(walked(old)).toMatchObject({ isIntact: true, sealed: 3 });
    const { seal } = at(chainOf(1).entries, 1);
    expect(keyIdOf(seal.mac)).toBe(keyIdOf(new SealKeys([present]).make('row', [])));
  });

  it('cannot be checked without their key, and are not said to be wrong (S-201)', () => {
    const old = chainOf(3, new SealKeys([former]));
    const result = walked(old, new SealKeys([present]));
    const keyId = keyIdOf(old.signature);
    expect(result).toMatchObject({
      isIntact: false,
      sealed: 0,
      faults: [],
      unchecked: { [keyId]: 3 },
    });
  });

  it('name the key of the seal before, so that no other key id can hide an edit', () => {
    const hide = (entries: Entry[]) => {
      const { seal } = at(entries, 3);
      const unknown = (mac: string) => `0123456789abcdef.${mac.split('.')[1]}`;
      at(entries, 3).row = { ...rowOf('r3'), event: 'user.deleted' };
      at(entries, 3).seal = { ...seal, mac: unknown(seal.mac), rowMac: unknown(seal.rowMac) };
    };
    expect(faultsOf(changed(hide))).toEqual(['moved r4']);
  });
});
