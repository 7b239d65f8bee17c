import type { INestApplicationContext } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { withScopes } from './access/scope-page.js';
import { addSecuritySchemes } from './common/openapi/security-schemes.js';
import { ScopeRegistry } from './scopes/scope-registry.js';

/**
 * Adds the three security schemes of guarded routes to a host's API description.
 *
 * @param builder a `DocumentBuilder`; typed loosely, since `@nestjs/swagger` may not be installed
 * @param tokenUrl path of the token endpoint, with the `routePrefix`
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
 * Adds all scopes to a host's API description, ours and the host's, each with the routes that need it. Swagger UI
 * shows them in its authorization dialog.
 *
 * @param document the result of `SwaggerModule.createDocument`, which is modified
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
