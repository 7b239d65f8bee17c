import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Database } from '../../database/database.js';
import { AuditVerifier } from './audit-verifier.js';
import { rowMac, sealMac, signEnd, START } from './links.js';
import { SealKeys } from './seal-keys.js';
import type { SealedRowsRepository } from './sealed-rows.repository.js';

const accountId = 'account';
const ROWS = 40;

it('a verification follows the purges that are committed between its reads (S-214)', async () => {
  const keys = new SealKeys([randomBytes(32)]);
  let before = START.mac;
  const seals = Array.from({ length: ROWS }, (_, index) => {
    const row = { id: `row ${index + 1}`, accountId };
    const placed = { accountId, sequence: index + 1, auditId: row.id, rowMac: rowMac(keys, row) };
    before = sealMac(keys, before, placed);
    return { ...placed, mac: before, row };
  });
  let purged = 0;
  const rows = {
    findChain: () => {
      const head = { accountId, number: 1, newestNumber: 0, sequence: ROWS, mac: before };
      const anchor = { accountId, number: 1, ...(seals[purged - 1] ?? START) };
      return Promise.resolve({
        accountId,
        number: 1,
        newestNumber: 0,
        headSequence: ROWS,
        headMac: before,
        headSignature: signEnd(keys, 'head', head),
        anchorSequence: anchor.sequence,
        anchorMac: anchor.mac,
        anchorSignature: signEnd(keys, 'anchor', anchor),
      });
    },
    // Each of the first reads comes after another purge.
    findSeals: (_: string, after: number) => {
      purged = Math.min(purged + 10, 30);
      return Promise.resolve(seals.slice(purged).filter(({ sequence }) => sequence > after));
    },
    findRowIds: () => Promise.resolve([]),
    findPendingWithoutRow: () => Promise.resolve([]),
  };
  const verifier = new AuditVerifier(
    { readAtLength: (work: () => unknown) => work() } as unknown as Database,
    rows as unknown as SealedRowsRepository,
    keys,
    { keys: [], acceptLost: [] },
  );
  expect(await verifier.verify(accountId)).toMatchObject({ isIntact: true, sealed: 10 });
});
