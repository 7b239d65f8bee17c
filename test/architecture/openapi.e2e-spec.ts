import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR, type ErrorEntry } from '../../src/common/errors/error-codes.js';
import {
  codesOf,
  isPublic,
  openApiDocument,
  openApiDocumentWith,
  routesOf,
  type Route,
} from './openapi-document.js';
import { sourceFiles } from './source-files.js';

const root = join(import.meta.dirname, '../..');
/** Pages are for people. */
const isOfPages = (text: string) => /^@ApiExcludeController\(\)$/m.test(text);
const catalogue: ErrorEntry[] = Object.values(ERROR);

describe('the OpenAPI document', () => {
  let made: ReturnType<typeof openApiDocumentWith>;
  let routes: Route[];
  beforeAll(() => {
    made = openApiDocumentWith({
      PUBLIC_URL: 'https://auth.example.com/',
      DATABASE_URL: 'mysql://nobody:hunter2@127.0.0.1:1/nothing',
      GATEHOUSE_SECRET: 'this-would-be-refused',
    });
    routes = routesOf(made.document);
  });

  it('is OpenAPI 3.1, made without a database, a secret or a file (S-156)', () => {
    expect(made.document.openapi).toMatch(/^3\.1\./);
    expect(readdirSync(made.directory)).toEqual([]);
    expect(made.text).not.toMatch(/hunter2|this-would-be-refused/);
    expect(made.text).not.toContain(root);
  });

  it('takes its address from PUBLIC_URL alone, and else from the page that shows it (S-111)', async () => {
    expect(made.document.servers?.map(({ url }) => url)).toEqual(['https://auth.example.com']);
    expect((await openApiDocument()).servers).toEqual([{ url: '/' }]);
  });

  it('describes every route that a controller has, except the pages (S-92)', () => {
    const handlers = sourceFiles()
      .filter(({ name, text }) => name.endsWith('.controller.ts') && !isOfPages(text))
      .flatMap(
        ({ text }) => text.match(/^ {2}@(Get|Post|Put|Patch|Delete|Head|Options|All)\(/gm) ?? [],
      );
    expect(routes).toHaveLength(handlers.length);
    expect(routes.length).toBeGreaterThan(5);
  });

  it('has a unique operationId, a summary and a description for each route', () => {
    const ids = routes.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(routes.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    const silent = routes.filter(({ summary, description }) => !summary || !description);
    expect(silent.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('describes the successful answer of each route', () => {
    for (const { responses, operationId } of routes) {
      const contents = Object.entries(responses)
        .filter(([status]) => status.startsWith('2'))
        .map(([status, { content }]) => status === '204' || content?.['application/json']);
      expect([operationId, contents.length > 0]).toEqual([operationId, true]);
      const isShown = (each: (typeof contents)[number]) =>
        each === true || (each && (each.schema ?? each.example ?? each.examples));
      expect([operationId, contents.every(isShown)]).toEqual([operationId, true]);
    }
  });

  it('names each schema `Gatehouse…`, so that it replaces none of a host (S-208)', () => {
    const names = Object.keys(made.document.components.schemas);
    expect(names.filter((name) => !/^Gatehouse[A-Z]/.test(name))).toEqual([]);
    expect(names).toContain('GatehouseCreateUser');
  });

  it('has the security schemes of each route (S-92)', () => {
    const known = Object.keys(made.document.components.securitySchemes);
    for (const { security, operationId } of routes) {
      expect([operationId, Array.isArray(security)]).toEqual([operationId, true]);
      const schemes = security?.flatMap((each) => Object.keys(each)) ?? [];
      expect(schemes.filter((scheme) => !known.includes(scheme))).toEqual([]);
    }
  });

  it('has the bearer scheme last, because generated clients send the last credential that they know', () => {
    const closed = routes.filter((route) => !isPublic(route));
    for (const { security, operationId } of closed) {
      expect([operationId, security?.map((each) => Object.keys(each)).at(-1)]).toEqual([
        operationId,
        ['bearer'],
      ]);
    }
  });

  it('lists for each route the codes that it may answer (S-142)', () => {
    for (const route of routes) {
      const expected = [
        40001,
        40002,
        40301,
        50001,
        ...(route.requestBody ? [41301, 41501] : []),
        ...(isPublic(route) ? [] : [40101, 40103, 40105, 50301]),
        // Signing out accepts an expired token (contract §5).
        ...(isPublic(route) || route.operationId === 'revoke' ? [] : [40104]),
      ];
      const missing = expected.filter((code) => !codesOf(route).includes(code));
      expect([route.operationId, missing]).toEqual([route.operationId, []]);
      // A body on any other route is ignored (contract §1).
      const isRead = codesOf(route).some((code) => code === 41301 || code === 41501);
      expect([route.operationId, isRead]).toEqual([
        route.operationId,
        route.requestBody !== undefined,
      ]);
    }
  });

  it('shows every code under its status, with the members of its body (S-142)', () => {
    for (const { responses, path } of routes) {
      for (const [status, { content }] of Object.entries(responses)) {
        const examples = Object.entries(content?.['application/json']?.examples ?? {});
        for (const [name, { value }] of examples.filter(() => Number(status) >= 400)) {
          const entry = catalogue.find(
            (each) => each.code === Number(name) && each.status === Number(status),
          );
          const { code, message, oauthError } = entry ?? {};
          expect(value).toEqual({
            code,
            message,
            ...(code === 40001 && { errors: [expect.any(Object)] }),
            ...(Number(status) >= 500 && { request_id: expect.any(String) }),
            ...(path === '/oauth/token' && { error: oauthError, error_description: message }),
          });
        }
      }
    }
  });

  it('holds no real value: no token, hash, key or address of a machine (S-159)', () => {
    expect(made.text).not.toMatch(/\$2b\$|PRIVATE KEY|eyJ[\w-]{10,}|127\.0\.0\.1|localhost/);
  });
});
