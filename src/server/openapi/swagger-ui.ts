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
      // The routes are the subject; their schemas stand beside them.
      defaultModelsExpandDepth: -1,
      requestInterceptor: omitCredentials,
    },
  });
}

/**
 * Runs in the page: the browser adds nothing to a request. Otherwise it meets a 401 that takes Basic with
 * a sign-in window of its own, and the page gets no answer until somebody closes that.
 */
function omitCredentials<T extends { credentials?: string }>(request: T): T {
  request.credentials = 'omit';
  return request;
}
