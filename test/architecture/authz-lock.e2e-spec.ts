import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPage, LOCK_FILE, lockedRoutes } from '../authorization/manifest.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { openApiDocument, routesOf } from './openapi-document.js';

const script = join(import.meta.dirname, '../../dist/server/commands/routes.js');

describe('authz.lock', () => {
  it('matches the code; after an intended change of rights: npm run --silent routes > authz.lock (S-93, S-160)', () => {
    const printed = execFileSync(process.execPath, [script], {
      cwd: temporaryDirectory('routes'),
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    });
    expect(readFileSync(LOCK_FILE, 'utf8')).toBe(printed);
  });

  it('lists the same routes as the API description, with the same scopes, and the pages (S-92)', async () => {
    const described = routesOf(await openApiDocument()).map((route) => {
      const scopes = (route as { 'x-required-scopes'?: string[] })['x-required-scopes'] ?? [];
      return `${route.method} ${route.path.replaceAll(/\{(\w+)\}/g, ':$1')} ${scopes.join()}`;
    });
    const locked = lockedRoutes()
      .filter((route) => !isPage(route))
      .map(({ method, path, scopes }) => `${method} ${path} ${scopes.join()}`);
    expect(described.toSorted()).toEqual(locked.toSorted());
  });
});
