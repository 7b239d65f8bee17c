import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Database } from '../database/database.js';
import type { ExportedList } from './exported-list.js';

/** Rows in one statement: few enough that other requests hardly wait for one. */
const PAGE_SIZE = 200;

/** What the export of an account contains. The rooms that store rows of accounts register their lists. */
@Injectable()
export class AccountExports {
  private readonly lists = new Map<string, ExportedList>();

  constructor(private readonly database: Database) {}

  /** Call it before the application starts, in a constructor. */
  register<Row extends object>(list: ExportedList<Row>): void {
    if (this.lists.has(list.name)) throw new Error(`two exported lists are called ${list.name}`);
    this.lists.set(list.name, list as unknown as ExportedList);
  }

  /**
   * One JSON document, of which only one page is in memory. Each page is read by itself, so that no other request waits
   * for more: a row that changes meanwhile is as it was when its page was read.
   *
   * @param head the first members
   * @throws CodedException 50301, also in the middle
   */
  async *json(accountId: string, head: object): AsyncGenerator<string> {
    yield JSON.stringify(head).slice(0, -1);
    for (const name of [...this.lists.keys()].toSorted()) {
      yield `,${JSON.stringify(name)}:[`;
      let separator = '';
      for await (const rows of this.pages(name, accountId)) {
        yield separator + rows.map((row) => JSON.stringify(row)).join(',');
        separator = ',';
      }
      yield ']';
    }
    yield '}';
  }

  private async *pages(name: string, accountId: string): AsyncGenerator<readonly object[]> {
    const list = this.lists.get(name) as ExportedList;
    let after: object | undefined;
    do {
      const rows: readonly object[] = await this.database.read((manager) =>
        list.page(accountId, after, PAGE_SIZE, manager),
      );
      if (rows.length > 0) yield rows.map((row) => list.view(row));
      after = rows.length === PAGE_SIZE ? rows.at(-1) : undefined;
      // On SQLite nothing else lets the event loop turn.
      await nextTurn();
    } while (after !== undefined);
  }
}
