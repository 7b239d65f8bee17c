import type { INestApplication } from '@nestjs/common';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { DOCS_PATH } from './docs-path.js';

export function serveSwaggerUi(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup(DOCS_PATH, app, document, {
    jsonDocumentUrl: `${DOCS_PATH}-json`,
    raw: ['json'],
    customSiteTitle: 'Gatehouse API',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      // Hides the list of schemas at the end: each route shows its own.
      defaultModelsExpandDepth: -1,
      requestInterceptor: omitCredentials,
    },
  });
}

/**
 * Runs in the page, so that the browser adds no credentials to a request. Otherwise it answers a 401 that offers Basic
 * with its own sign-in window, and the page gets no answer until the user closes it.
 */
function omitCredentials<T extends { credentials?: string }>(request: T): T {
  request.credentials = 'omit';
  return request;
}
