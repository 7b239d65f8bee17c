import type { EntityManager } from 'typeorm';

/** The rows of one kind in an account, as an export contains them. */
export interface ExportedList<Row extends object = object> {
  /** The member of the export, such as `api_keys`. */
  readonly name: string;
  /**
   * Reads rows of an account, in an order that does not change.
   *
   * @param after the last row of the page before
   * @param take how many at most
   */
  readonly page: (
    accountId: string,
    after: Row | undefined,
    take: number,
    manager: EntityManager,
  ) => Promise<readonly Row[]>;
  /** What the export shows of a row: no hash, digest or secret. */
  readonly view: (row: Row) => object;
}
