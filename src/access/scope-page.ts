import type { OpenAPIObject } from '@nestjs/swagger';
import type { ScopeRegistry } from '../scopes/scope-registry.js';
import { REQUIRED_SCOPES_EXTENSION } from './require-scopes.decorator.js';

/** One line about each scope, for the authorization dialog of Swagger UI. */
function scopeLines(document: OpenAPIObject, scopes: ScopeRegistry): Record<string, string> {
  const routes = routesByScope(document);
  const line = (name: string) =>
    [...scopes.includesOf(name), ...(routes.get(name) ?? [])].join(', ') ||
    'no route here needs it';
  return Object.fromEntries(scopes.names.map((name) => [name, line(name)]));
}

/** Lists the scopes in the document, for the authorization dialog of Swagger UI. */
export function withScopes(document: OpenAPIObject, scopes: ScopeRegistry): OpenAPIObject {
  const { oauth2 } = document.components?.securitySchemes ?? {};
  if (oauth2 && 'flows' in oauth2 && oauth2.flows?.password) {
    oauth2.flows.password.scopes = scopeLines(document, scopes);
  }
  return document;
}

/** Markdown for the API description: every scope, the names it includes, and the routes that need it. */
export function scopePage(document: OpenAPIObject, scopes: ScopeRegistry): string {
  const routes = routesByScope(document);
  const rows = scopes.names.map(
    (name) =>
      `| \`${name}\` | ${scopes.isRole(name) ? 'role' : ''} | ${list(scopes.includesOf(name))} | ${list(routes.get(name) ?? [])} |`,
  );
  return [
    'A token carries names; a route asks whether what it needs is among them or included by them. A role is a',
    'scope that can be given to a user or an API key. An account may add roles of its own. As data: `GET /api/v1/scope`.',
    '',
    '| scope | | includes | needed by |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function routesByScope({ paths }: OpenAPIObject): Map<string, string[]> {
  const routes = new Map<string, string[]>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const needed = (operation as Record<string, unknown>)[REQUIRED_SCOPES_EXTENSION];
      if (!Array.isArray(needed)) continue;
      for (const name of needed as string[]) {
        routes.set(name, [...(routes.get(name) ?? []), `${method.toUpperCase()} ${path}`]);
      }
    }
  }
  return routes;
}
