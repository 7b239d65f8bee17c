import type { INestApplicationContext } from '@nestjs/common';
import type { DocumentBuilder, OpenAPIObject } from '@nestjs/swagger';
import { scopeLines } from './access/scope-page.js';
import { addSecuritySchemes } from './common/openapi/security-schemes.js';
import { ScopeRegistry } from './scopes/scope-registry.js';

/**
 * Adds our three ways to authorise to a host's API description: what the locks of guarded routes open.
 *
 * @param tokenUrl path of the token endpoint, with the prefixes of module and application
 * @example
 * const config = addGatehouseSecurity(new DocumentBuilder().setTitle('Shop')).build();
 * SwaggerModule.setup('docs', app, describeGatehouse(app, SwaggerModule.createDocument(app, config)));
 * @public
 */
export function addGatehouseSecurity(
  builder: DocumentBuilder,
  tokenUrl = '/oauth/token',
): DocumentBuilder {
  return addSecuritySchemes(builder, tokenUrl);
}

/**
 * Writes into a host's API description which scopes there are, ours and the host's, and which routes need
 * each: what the window in which somebody signs in shows.
 *
 * @param document what `SwaggerModule.createDocument` made; it is changed
 * @public
 */
export function describeGatehouse(
  app: INestApplicationContext,
  document: OpenAPIObject,
): OpenAPIObject {
  return withScopes(document, app.get(ScopeRegistry, { strict: false }));
}

/** Fills the sign-in window's list of scopes. */
export function withScopes(document: OpenAPIObject, scopes: ScopeRegistry): OpenAPIObject {
  const { oauth2 } = document.components?.securitySchemes ?? {};
  if (oauth2 && 'flows' in oauth2 && oauth2.flows?.password) {
    oauth2.flows.password.scopes = scopeLines(document, scopes);
  }
  return document;
}
