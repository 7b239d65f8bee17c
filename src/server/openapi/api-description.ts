import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { scopePage, withScopes } from '../../access/scope-page.js';
import { addSecuritySchemes } from '../../common/openapi/security-schemes.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { scopeTable } from '../../scopes/scope-table.js';

/** @param hasSignUp whether the service has a route for it */
const description = (hasSignUp: boolean) =>
  `
Accounts, users, API keys, roles and scoped tokens.

**Try it.** Press *Authorize*, give address and password under **oauth2**, then call \`GET /oauth/me\`. On a new
installation the first owner's pair was printed once in the terminal${hasSignUp ? '; or open an account with\n`POST /api/v1/account`' : ''}.

**basic** takes the same pair for \`POST /oauth/token\`, whose body is then left empty. Every other route wants the
access token, or an API key: as \`key\` and \`secret\` under **basic**, or as one string \`key.secret\` under
**bearer**. Make one with \`POST /api/v1/account/api_key\`.

**Lists** are bare arrays, newest first; the next page is in \`Link\`.

**Errors** are \`{ "code", "message" }\`. Branch on \`code\`: it never changes its meaning.
`.trim();

/** Facts of the document besides the routes. */
interface DocumentFacts {
  readonly version: string;
  readonly publicUrl: string | undefined;
}

/** The OpenAPI document of the service, with a page on its scopes. It needs no instances and no database. */
export function apiDescription(app: INestApplication, facts: DocumentFacts): OpenAPIObject {
  const scopes = new ScopeRegistry(scopeTable());
  const document = withScopes(SwaggerModule.createDocument(app, head(facts)), scopes);
  const hasSignUp = document.paths['/api/v1/account']?.post !== undefined;
  document.info.description = `${description(hasSignUp)}\n\n${scopePage(document, scopes)}`;
  return document;
}

function head({ version, publicUrl }: DocumentFacts): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('Authentication', 'Who is asking')
    .addTag('Accounts', 'Who there is')
    .addTag('Users', 'The people of an account')
    .addTag('Sessions', 'Where you are signed in')
    .addTag('API keys', "Programs' way in")
    .addTag('Roles', 'Who may do what')
    .addTag('Operation', 'For whoever runs it');
  addSecuritySchemes(builder, `${publicUrl ?? ''}/oauth/token`);
  if (publicUrl !== undefined) builder.addServer(publicUrl);
  return builder.build();
}
