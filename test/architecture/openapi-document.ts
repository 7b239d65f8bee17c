import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { printedDescription } from '../support/shared-service.js';

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly requestBody?: { readonly content: Record<string, unknown> };
  readonly responses: Record<string, OperationResponse>;
}

interface OperationResponse {
  readonly content?: Record<
    string,
    { schema?: object; example?: unknown; examples?: Record<string, { value: unknown }> }
  >;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Record<string, unknown>;
  readonly servers?: readonly { url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, object>;
    readonly securitySchemes: Record<string, unknown>;
  };
}

const script = join(import.meta.dirname, '../../dist/server/commands/openapi.js');

/** The API description, as `npm run openapi` prints it without any setting. */
export async function openApiDocument(): Promise<OpenApiDocument> {
  return JSON.parse(await printedDescription()) as OpenApiDocument;
}

/** The output of `dist/server/commands/openapi.js` with these settings, and the empty directory in which it ran. */
export function openApiDocumentWith(env: Record<string, string>): {
  readonly document: OpenApiDocument;
  readonly text: string;
  readonly directory: string;
} {
  const directory = temporaryDirectory('openapi');
  const text = execFileSync(process.execPath, [script], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return { document: JSON.parse(text) as OpenApiDocument, text, directory };
}

export interface Route extends Operation {
  readonly method: string;
  readonly path: string;
}

export function routesOf({ paths }: OpenApiDocument): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      Object.assign({}, operation, { method: method.toUpperCase(), path }),
    ),
  );
}

/** Whether a route is public: it has no security, or optional security. */
export function isPublic({ security }: Route): boolean {
  return (
    security?.length === 0 || security?.some((each) => Object.keys(each).length === 0) === true
  );
}

/** The error codes that the description of a route lists. */
export function codesOf({ responses }: Route): number[] {
  return Object.values(responses).flatMap(({ content }) =>
    Object.keys(content?.['application/json']?.examples ?? {}).map(Number),
  );
}
