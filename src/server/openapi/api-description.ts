import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { scopePage, withScopes } from '../../access/scope-page.js';
import { addSecuritySchemes } from '../../common/openapi/security-schemes.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { scopeTable } from '../../scopes/scope-table.js';

/** Short, so that Swagger UI shows the Authorize button below it on the first screen. */
const description = (hasSignUp: boolean) =>
  `
Press *Authorize*, give address and password, then call \`GET /oauth/me\`. The first start printed the first owner's
password once in the terminal${hasSignUp ? '; or open an account with `POST /api/v1/account`' : ''}.
`.trim();

const CONVENTIONS = `
**Credentials.** *Authorize* signs in with a password (**oauth2**) and sends the access token from then on. **basic**
takes the same pair for \`POST /oauth/token\` only; every other route wants the access token or an API key: as \`key\` and
\`secret\` under **basic**, or as one string \`key.secret\` under **bearer**. Make a key with
\`POST /api/v1/account/api_key\`.

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
  document.info.description = [
    description(document.paths['/api/v1/account']?.post !== undefined),
    folded('Credentials, lists, errors', CONVENTIONS),
    folded('Scopes and roles', scopePage(document, scopes)),
  ].join('\n\n');
  document.info.contact = { name: 'The operator of this installation' };
  return document;
}

/** Markdown under a line that opens it. */
function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;
}

function head({ version, publicUrl }: DocumentFacts): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(publicUrl ?? '/')
    .addTag('Sign-up', 'Open an account')
    .addTag('Authentication', 'Sign in, refresh, sign out, and check a token')
    .addTag('Accounts', 'Your account and its owner')
    .addTag('Users', 'The users of your account')
    .addTag('Password reset', 'Set a new password when the old one is lost')
    .addTag('Sessions', 'Your own sessions')
    .addTag('API keys', 'Credentials for programs')
    .addTag('Roles', 'The roles of your account, and the scopes that they consist of')
    .addTag('Audit', 'What happened in your account')
    .addTag('Webhooks', 'Where the events of your account are sent')
    .addTag('Operation', 'Probes');
  return addSecuritySchemes(builder, `${publicUrl ?? ''}/oauth/token`).build();
}
