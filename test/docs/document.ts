import type { SchemaObject } from 'ajv/dist/2020.js';
import { request, type Reachable } from '../support/http.js';

interface Content {
  readonly schema?: SchemaObject;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

type Contents = Record<string, Content>;

export interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Contents };
  readonly responses: Record<string, { readonly content?: Contents }>;
  readonly method: string;
  readonly path: string;
}

export interface ApiDocument {
  readonly components: { readonly schemas: Record<string, SchemaObject> };
  readonly operations: readonly Operation[];
}

/** The description that the service shows, with its operations in the order of their paths. */
export async function apiDocument(service: Reachable): Promise<ApiDocument> {
  const { body } = await request(service, 'GET', '/docs-json');
  const paths = body.paths as Record<string, Record<string, Operation>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      Object.assign(operation, { method: method.toUpperCase(), path }),
    ),
  );
  return { components: body.components, operations };
}
