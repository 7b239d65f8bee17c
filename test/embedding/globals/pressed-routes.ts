// Every route of the manifest with a valid request, made from its description, and with invalid ones.
import type { INestApplication } from '@nestjs/common';
import { RouteManifest } from '../../../src/access/route-manifest.js';
import { gatehouseTesting } from '../../../src/testing.js';
import { openApiDocument } from '../../architecture/openapi-document.js';
import type { Operation } from '../../docs/document.js';
import { request, type HttpResponse } from '../../support/http.js';
import type { Host } from './host.js';

/** A request to one of our routes. */
export interface Press {
  /** Method and path, and how the request is wrong. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly authorization?: string | undefined;
  readonly json?: unknown;
}

/** The requests to a route, each with resources of its own, in the order in which they are sent. */
export interface PressedRoute {
  readonly name: string;
  readonly refused: readonly Press[];
  readonly accepted: Press;
}

type Schema = Readonly<Record<string, unknown>>;

interface Content {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: Schema }>>;
}

type Answer = Pick<HttpResponse, 'status' | 'headers' | 'body'>;

/** Values for members whose example only illustrates. */
type Values = Readonly<Record<string, unknown>>;

const PASSWORD = 'correct horse battery';
const JSON_TYPE = 'application/json';

/** Creates the resources that the requests need. */
export async function pressedRoutes({ app }: Host): Promise<PressedRoute[]> {
  const { document } = openApiDocument();
  const pressed: PressedRoute[] = [];
  for (const { method, path, rule } of app.get(RouteManifest, { strict: false }).entries) {
    const described = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')];
    const operation = described?.[method.toLowerCase()] as Operation | undefined;
    if (!operation) throw new Error(`${method} ${path} is not described`);
    const { ids, values, authorization } = await newResources(app);
    const body = bodyOf(operation, document.components as unknown as Components, values);
    const accepted = {
      name: `${method} ${path}`,
      method,
      path: path.replaceAll(/(\w+)\/:id/g, (_, kind: string) => `${kind}/${ids[kind]}`),
      authorization: rule.kind === 'public' ? undefined : authorization,
      ...(body && { json: body }),
    };
    pressed.push({
      name: accepted.name,
      accepted,
      refused: refusedForms(accepted, operation, path),
    });
  }
  return pressed;
}

async function newResources(app: INestApplication) {
  const gatehouse = gatehouseTesting(app);
  const { account, owner } = await gatehouse.account({ owner: { password: PASSWORD } });
  const caller = await gatehouse.as({ account });
  const other = await gatehouse.as({ account });
  const member = await gatehouse.user({ account, password: PASSWORD });
  const { apiKey } = await gatehouse.asApiKey({ account });
  const role = await request(await reachable(app), 'POST', '/api/v1/account/role', {
    headers: caller.headers,
    json: { name: 'clerk', scopes: ['users:read'] },
  });
  const sessions = await request(await reachable(app), 'GET', '/api/v1/account/session', {
    headers: other.headers,
  });
  const [, earlier] = sessions.body as { id: string }[];
  return {
    authorization: caller.authorization,
    ids: {
      user: member.id,
      api_key: apiKey.id,
      role: role.body.id,
      session: earlier?.id,
    } as Record<string, string>,
    values: {
      email_address: `new-${owner.id}@example.test`,
      username: owner.emailAddress,
      password: PASSWORD,
      current_password: PASSWORD,
      new_password: 'another correct horse',
      user_id: member.id,
      refresh_token: caller.refreshToken,
      role: 'standard',
      is_active: true,
    },
  };
}

async function reachable(app: INestApplication): Promise<{ url: string }> {
  return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

interface Components {
  readonly schemas: Readonly<Record<string, Schema>>;
}

function bodyOf(
  { requestBody }: Operation,
  { schemas }: Components,
  values: Values,
): Values | undefined {
  const content = requestBody?.content[JSON_TYPE] as Content | undefined;
  if (!content) return undefined;
  const [example] = Object.values(content.examples ?? {});
  const reference = String(content.schema?.['$ref']).replace('#/components/schemas/', '');
  const properties = (schemas[reference]?.['properties'] ?? {}) as Record<string, Schema>;
  const members = example
    ? Object.entries(example.value)
    : Object.entries(properties).map(([name, schema]) => [name, schema['example']] as const);
  return Object.fromEntries(members.map(([name, value]) => [name, values[name] ?? value]));
}

/** Wrong requests, each of which a meddling host could make right. */
function refusedForms(valid: Press, operation: Operation, path: string): Press[] {
  const body = valid.json as Values | undefined;
  const forms: Press[] = [];
  const add = (fault: string, change: Partial<Press>) =>
    forms.push({ ...valid, ...change, name: `${valid.name}, ${fault}` });
  if (valid.authorization) add('without credentials', { authorization: undefined });
  if (path.includes(':id'))
    add('with a wrong id', { path: valid.path.replace(/[\da-f-]{36}/, '7') });
  if (body) {
    // OAuth requires of its endpoints that they ignore unknown members.
    if (!path.startsWith('/oauth/')) add('with an unknown member', { json: { ...body, extra: 1 } });
    // Each value that a host could convert, and one that it could not.
    const isText = (value: unknown) => typeof value === 'string';
    const firstText = Object.keys(body).find((name) => isText(body[name]));
    for (const [name, value] of Object.entries(body)) {
      if (isText(value) && name !== firstText) continue;
      const other = typeof value === 'string' ? [value] : String(value);
      add(`with ${name} of another type`, { json: { ...body, [name]: other } });
    }
  }
  const query = (operation as { parameters?: { name: string; in: string }[] }).parameters ?? [];
  for (const { name } of query.filter((each) => each.in === 'query' && path !== '/oauth/token')) {
    add(`with a wrong ${name}`, { path: `${valid.path}?${name}=%201` });
  }
  return forms;
}

/** Sends a request, with other headers too. */
export async function press(
  { url }: Pick<Host, 'url'>,
  { method, path, authorization, json }: Press,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = await fetch(url + path, {
    method,
    headers: {
      ...headers,
      ...(authorization && { authorization }),
      ...(json !== undefined && { 'content-type': JSON_TYPE }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const text = await sent.text();
  const isJson = sent.headers.get('content-type')?.includes('json') && text !== '';
  return { status: sent.status, headers: sent.headers, body: isJson ? JSON.parse(text) : text };
}

/** What of an answer is the same for each host: all but ids, times and secrets. */
export function comparable({ status, headers, body }: Answer): unknown {
  const kept = ['content-type', 'cache-control', 'www-authenticate', 'link', 'retry-after'];
  const facts = { status, headers: kept.map((name) => headers.get(name)), body: body as unknown };
  return JSON.parse(
    JSON.stringify(facts)
      .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
      .replaceAll(
        /eyJ[\w-]+\.[\w-]+\.[\w-]+|gth[ks]_[\da-f]+|(?<=cursor=)[\w-]+|[\w-]{128}/g,
        '<secret>',
      )
      .replaceAll(/\b1\d{12}\b/g, '0'),
  ) as unknown;
}
