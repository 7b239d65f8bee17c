import { Inject, Injectable } from '@nestjs/common';
import { invalidRequest } from '../validation/validation.pipe.js';
import { CursorCodec, type Position } from './cursor-codec.js';
import { DEFAULT_PAGE_SIZE, type PageQuery } from './page-query.js';

/** Options of paging. */
export interface PagingOptions {
  /** Keys of the cursors' MAC: the first one signs new cursors, all of them verify. */
  readonly cursorKeys: readonly Uint8Array[];
  /** Public address of the service; `undefined`: links are relative (S-111). */
  readonly publicUrl: string | undefined;
}

export const PAGING_OPTIONS = Symbol('gatehouse:paging-options');

/** Rows of a list, newest first, and the parameters of the next page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Parameters of the next page; `undefined` on the last one. */
  readonly next: { readonly limit: number; readonly cursor: string } | undefined;
}

/** Cuts lists into pages (contract §7). */
@Injectable()
export class Pages {
  private readonly cursors: CursorCodec;

  constructor(@Inject(PAGING_OPTIONS) options: PagingOptions) {
    this.cursors = new CursorCodec(options.cursorKeys);
  }

  /**
   * @param list the list that its cursors are valid for: route, account and filter (S-199)
   * @param find returns at most `take` rows after a position, newest first
   * @throws CodedException 40001 for a cursor of another list
   */
  async page<T extends Position>(
    { limit, cursor }: PageQuery,
    list: readonly string[],
    find: (after: Position | undefined, take: number) => Promise<readonly T[]>,
  ): Promise<Page<T>> {
    const size = limit === undefined ? DEFAULT_PAGE_SIZE : Number(limit);
    const after = cursor === undefined ? undefined : this.cursors.decode(cursor, list);
    if (cursor !== undefined && !after) {
      throw invalidRequest([{ field: 'cursor', message: 'cursor is not one of this list' }]);
    }
    // One row more than requested shows whether there is a next page.
    const rows = await find(after, size + 1);
    const items = rows.slice(0, size);
    const last = items.at(-1);
    const hasNext = rows.length > size && last !== undefined;
    return {
      items,
      next: hasNext ? { limit: size, cursor: this.cursors.encode(last, list) } : undefined,
    };
  }
}

/** Converts each row of a page to the view that a client gets. */
export function mapPage<T, U>({ items, next }: Page<T>, view: (item: T) => U): Page<U> {
  return { items: items.map(view), next };
}
