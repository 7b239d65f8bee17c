import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

const DESCRIPTION = `
Accounts, users, API keys and scoped tokens.

**Try it.** Press *Authorize*, give address and password under **oauth2 (password)**, then call \`GET /oauth/me\`.
The same pair under **basic** works at \`POST /oauth/token\`; every other route wants the access token.

**Errors** are \`{ "code", "message" }\`. Branch on \`code\`: it never changes its meaning.
`.trim();

/** Describes the routes of an application, which need not be listening or have a database. */
export function openApiDocument(
  app: INestApplication,
  { version, publicUrl }: { readonly version: string; readonly publicUrl: string | undefined },
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBasicAuth({
      type: 'http',
      scheme: 'basic',
      description: 'Address and password, or an API key',
    })
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'Access token, or an API key',
    })
    .addOAuth2({
      type: 'oauth2',
      description: 'Leave the client fields empty.',
      flows: { password: { tokenUrl: '/oauth/token', refreshUrl: '/oauth/token', scopes: {} } },
    });
  if (publicUrl !== undefined) builder.addServer(publicUrl);
  return SwaggerModule.createDocument(app, builder.build());
}
