import type { DocumentBuilder } from '@nestjs/swagger';

/** Adds the security schemes that guarded routes refer to. */
export function addSecuritySchemes(builder: DocumentBuilder, tokenUrl: string): DocumentBuilder {
  return builder
    .addOAuth2({
      type: 'oauth2',
      description:
        '`password`: address and password of a user, without a client. `clientCredentials`: `key` and `secret` of an API key. The token holds all scopes that you hold, unless you ask for some of them. It is a JWT by RFC8725.',
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
      description:
        'An access token that you have already (a JWT by RFC8725), or an API key as `key.secret`',
    });
}
