import type { DocumentBuilder } from '@nestjs/swagger';

/** Adds the security schemes that guarded routes refer to. */
export function addSecuritySchemes(builder: DocumentBuilder, tokenUrl: string): DocumentBuilder {
  return builder
    .addOAuth2({
      type: 'oauth2',
      description:
        '`password`: `username` is the address, and the client fields stay empty. `clientCredentials`: an API key, its `key` as client_id and its `secret` as client_secret. Scopes that you tick narrow the token; none: all that you hold.',
      flows: {
        password: { tokenUrl, refreshUrl: tokenUrl, scopes: {} },
        clientCredentials: { tokenUrl, scopes: {} },
      },
    })
    .addBasicAuth({
      type: 'http',
      scheme: 'basic',
      description:
        'Address and password, for `POST /oauth/token` only; or key and secret of an API key, anywhere',
    })
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'An access token that you have already, or an API key as `key.secret`',
    });
}
