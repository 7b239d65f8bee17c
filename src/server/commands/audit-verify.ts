import { Logger } from '@nestjs/common';
import type { AuditVerification } from '../../audit/seal/audit-verification.js';
import { AuditVerifier } from '../../audit/seal/audit-verifier.js';
import { StartError } from '../../common/errors/start.error.js';
import { roomOptions } from '../../room-options.js';
import { appOptions, databaseOptions } from '../config/app-options.js';
import { readProcessEnv } from '../config/env.js';
import { openMigratedDataSource } from '../database/open-data-source.js';

// Verifies the audit trail, of one account or of all, with the service's environment. It only reads, and may run beside
// the service. It exits with 0 if the trail is intact, with 1 if it is not, and with 2 if it could not be verified.

async function main([accountId, ...others]: readonly string[]): Promise<void> {
  if (others.length > 0 || accountId?.startsWith('-')) {
    throw new StartError('usage: npm run audit:verify [-- ACCOUNT_ID]');
  }
  const env = readProcessEnv();
  const { seals } = roomOptions(appOptions(env), {});
  // The service warns about the server already.
  Logger.overrideLogger(['error', 'fatal']);
  const dataSource = await openMigratedDataSource({ ...databaseOptions(env), waitSeconds: 0 });
  try {
    const result = await AuditVerifier.over(dataSource, seals).verify(accountId);
    const isKnown = accountId === undefined || rowsOf(result) > 0;
    print(isKnown ? linesOf(result) : [`There are no rows of account ${accountId}.`]);
    process.exitCode = isKnown && result.isIntact ? 0 : 1;
  } finally {
    await dataSource.destroy();
  }
}

function rowsOf({ sealed, waiting, unchecked, faultCount }: AuditVerification): number {
  return Object.values(unchecked).reduce((sum, rows) => sum + rows, sealed + waiting + faultCount);
}

function linesOf({
  isIntact,
  sealed,
  waiting,
  unchecked,
  faults,
  faultCount,
}: AuditVerification): string[] {
  const more = faultCount - faults.length;
  return [
    ...faults.map(({ accountId, message }) => `${accountId ?? 'no account'}: ${message}`),
    ...(more > 0 ? [`and ${more} more faults`] : []),
    ...Object.entries(unchecked).map(([keyId, rows]) => uncheckedLine(keyId, rows)),
    `${sealed} rows are sealed and unchanged; ${waiting} are unchanged and wait for their seal.`,
    `The audit trail is ${isIntact ? 'intact' : 'NOT intact'}.`,
  ];
}

function uncheckedLine(keyId: string, rows: number): string {
  return `${rows} rows cannot be checked, because key ${keyId} is not set: set the former secret again, as the last of GATEHOUSE_SECRET, or accept that with ACCEPT_LOST_KEYS=${keyId}`;
}

/** Ids come from the database, where an attacker may have put control characters (S-150). */
function print(lines: readonly string[]): void {
  const safe = lines.map((line) => line.replaceAll(/[^ -~]/g, '?'));
  process.stdout.write(`${safe.join('\n')}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The audit trail cannot be verified: ${message}\n`);
  if (!(error instanceof StartError) && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
});
