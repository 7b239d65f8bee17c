import type { INestApplicationContext } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { withScopes } from './access/scope-page.js';
import { addSecuritySchemes } from './common/openapi/security-schemes.js';
import { ScopeRegistry } from './scopes/scope-registry.js';

/**
 * Adds our three ways to authorise to a host's API description: what the locks of guarded routes open.
 *
 * @param builder a `DocumentBuilder`; typed loosely, since `@nestjs/swagger` may not be installed
 * @param tokenUrl path of the token endpoint, with the prefixes of module and application
 * @example
 * const config = addGatehouseSecurity(new DocumentBuilder().setTitle('Shop')).build();
 * SwaggerModule.setup('docs', app, describeGatehouse(app, SwaggerModule.createDocument(app, config)));
 * @public
 */
export function addGatehouseSecurity<Builder extends object>(
  builder: Builder,
  tokenUrl = '/oauth/token',
): Builder {
  addSecuritySchemes(builder as unknown as Parameters<typeof addSecuritySchemes>[0], tokenUrl);
  return builder;
}

/**
 * Writes into a host's API description which scopes there are, ours and the host's, and which routes need
 * each: what the window in which somebody signs in shows.
 *
 * @param document what `SwaggerModule.createDocument` made; it is changed
 * @public
 */
export function describeGatehouse<Document extends object>(
  app: INestApplicationContext,
  document: Document,
): Document {
  const scopes = app.get(ScopeRegistry, { strict: false });
  withScopes(document as unknown as OpenAPIObject, scopes);
  return document;
}
