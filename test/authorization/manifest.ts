import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of the committed `authz.lock`. */
export interface LockedRoute {
  readonly method: string;
  readonly path: string;
  readonly scopes: readonly string[];
  readonly takes: 'everyone' | 'user' | 'user,api_key';
  readonly roles: readonly string[];
}

export const LOCK_FILE = join(import.meta.dirname, '../../authz.lock');

export function lockedRoutes(): LockedRoute[] {
  const [, ...lines] = readFileSync(LOCK_FILE, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [method = '', path = '', scopes = '', takes = '', roles = ''] = line.split(/ +/);
    return {
      method,
      path,
      scopes: namesIn(scopes),
      takes: takes as LockedRoute['takes'],
      roles: namesIn(roles),
    };
  });
}

export const guardedRoutes = () => lockedRoutes().filter(({ takes }) => takes !== 'everyone');

/** Whether a route is a page of one-time links: these are for people, and the API description does not have them. */
export const isPage = ({ path }: Pick<LockedRoute, 'path'>) => path.startsWith('/link/');

function namesIn(cell: string): string[] {
  return cell === '-' ? [] : cell.split(',');
}
