import type { INestApplication } from '@nestjs/common';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { DOCS_PATH } from './docs-path.js';

/** Nest's page has no setting for elements of its head. Without this one, a phone shows it as wide as a desktop's. */
const VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">';

const STYLE = `
/* The window opens with address and password: the password grant has no client, and a token without chosen scopes holds
   all of them. POST /oauth/token narrows a token. */
.swagger-ui .scope-def,
.swagger-ui .auth-container .scopes,
.swagger-ui .auth-container div:has(> label[for=password_type]),
.swagger-ui .auth-container div:has(> label[for=client_id_password]),
.swagger-ui .auth-container div:has(> label[for=client_secret_password]) { display: none }

.swagger-ui .info { margin: 20px 0 }
.swagger-ui .scheme-container { padding: 15px 0 }
.swagger-ui .info summary { cursor: pointer; font-weight: bold; margin: 8px 0 }

/* Nest's page gives its body a light colour of its own. */
html.dark-mode body { background: inherit }

@media (max-width: 640px) {
  .swagger-ui .info table { display: block; overflow-x: auto }
}
`;

/** Serves Swagger UI at `DOCS_PATH`, and leads from `/` to it. */
export function serveSwaggerUi(app: INestApplication, document: OpenAPIObject): void {
  const adapter = app.getHttpAdapter();
  // Relative, so that it is right behind a proxy that adds a path.
  adapter.get('/', (_request: unknown, response: unknown) =>
    adapter.redirect(response, 302, DOCS_PATH.slice(1)),
  );
  SwaggerModule.setup(DOCS_PATH, app, document, {
    jsonDocumentUrl: `${DOCS_PATH}-json`,
    raw: ['json'],
    customSiteTitle: `Gatehouse API</title>${VIEWPORT}<title>`,
    customCss: STYLE,
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      // Hides the list of schemas at the end: each route shows its own.
      defaultModelsExpandDepth: -1,
      requestInterceptor: omitCredentials,
      plugins: [openWindowAtTop],
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

interface React {
  createElement(component: unknown, props: object): unknown;
}

/**
 * A plugin of Swagger UI, which runs in the page. The fields of the lower forms of the Authorize window ask for the focus
 * as well, and the window would open at the last of them.
 */
function openWindowAtTop(): object {
  return {
    wrapComponents: {
      Input:
        (Input: unknown, { React }: { readonly React: React }) =>
        (props: object) =>
          React.createElement(Input, Object.assign({}, props, { autoFocus: false })),
    },
  };
}
