import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { scopePage, withScopes } from './access/scope-page.js';
import { openApiDocument, type DocumentFacts } from './common/openapi/openapi-document.js';
import { ScopeRegistry } from './scopes/scope-registry.js';
import { scopeTable } from './scopes/scope-table.js';

/** The OpenAPI document of the standalone application, with a page on its scopes. */
export function apiDescription(app: INestApplication, facts: DocumentFacts): OpenAPIObject {
  const scopes = new ScopeRegistry(scopeTable());
  const document = withScopes(openApiDocument(app, facts), scopes);
  document.info.description = `${document.info.description}\n\n${scopePage(document, scopes)}`;
  return document;
}
