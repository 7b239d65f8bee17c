import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { addSecuritySchemes } from './security-schemes.js';

const DESCRIPTION = `
Accounts, users, API keys, roles and scoped tokens.

**Try it.** Press *Authorize*, give address and password under **oauth2**, then call \`GET /oauth/me\`. On a new
installation the first owner's pair was printed once in the terminal; or open an account with
\`POST /api/v1/account\`.

**basic** takes the same pair for \`POST /oauth/token\`, whose body is then left empty. Every other route wants the
access token, or an API key: as \`key\` and \`secret\` under **basic**, or as one string \`key.secret\` under
**bearer**. Make one with \`POST /api/v1/account/api_key\`.

**Lists** are bare arrays, newest first; the next page is in \`Link\`.

**Errors** are \`{ "code", "message" }\`. Branch on \`code\`: it never changes its meaning.
`.trim();

/** What the document says besides the routes. */
export interface DocumentFacts {
  readonly version: string;
  readonly publicUrl: string | undefined;
}

/** Describes the routes of an application, which need not be listening or have a database. */
export function openApiDocument(
  app: INestApplication,
  { version, publicUrl }: DocumentFacts,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('Authentication', 'Who is asking')
    .addTag('Accounts', 'Who there is')
    .addTag('Users', 'The people of an account')
    .addTag('Sessions', 'Where you are signed in')
    .addTag('API keys', "Programs' way in")
    .addTag('Roles', 'Who may do what')
    .addTag('Operation', 'For whoever runs it');
  addSecuritySchemes(builder, '/oauth/token');
  if (publicUrl !== undefined) builder.addServer(publicUrl);
  return SwaggerModule.createDocument(app, builder.build());
}
