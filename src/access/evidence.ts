import { groupBy } from '../common/group-by.js';

/** Something that was read for a verdict, and a digest of what it said. */
export interface Evidence {
  readonly source: EvidenceSource;
  readonly key: string;
  readonly digest: string;
}

/** Where something was read for many verdicts, one by one, and can be read again for all of them at once. */
export interface EvidenceSource {
  /**
   * What evidence by each key would say now; a key that finds nothing is left out.
   *
   * @param keys at least one
   * @throws CodedException 50301
   */
  digests(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/**
 * Reads evidence again, each source once.
 *
 * @returns which of it still says the same
 * @throws CodedException 50301
 */
export async function confirm(evidence: readonly Evidence[]): Promise<ReadonlySet<Evidence>> {
  const bySource = groupBy(evidence, ({ source }) => source);
  const confirmed = await Promise.all(
    [...bySource].map(async ([source, ofSource]) => {
      const digests = await source.digests([...new Set(ofSource.map(({ key }) => key))]);
      return ofSource.filter(({ key, digest }) => digests.get(key) === digest);
    }),
  );
  return new Set(confirmed.flat());
}
