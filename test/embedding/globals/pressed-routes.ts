// Every route of the manifest with a valid request, made from its description, and with invalid ones.
import type { INestApplication } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { RouteManifest } from '../../../src/access/route-manifest.js';
import type { LinkPurpose } from '../../../src/links/link-purpose.js';
import { OneTimeLinks } from '../../../src/links/one-time-links.js';
import { gatehouseTesting, type TestCredentials } from '../../../src/testing.js';
import type { User } from '../../../src/users/user.entity.js';
import { newDelivery } from '../../../src/webhooks/webhook-deliveries.repository.js';
import { WebhookDelivery } from '../../../src/webhooks/webhook-delivery.entity.js';
import { isPage } from '../../authorization/manifest.js';
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
  readonly idempotencyKey?: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

/** The requests to a route, each with resources of its own, in the order in which they are sent. */
export interface PressedRoute {
  readonly name: string;
  readonly refused: readonly Press[];
  readonly accepted: Press;
  /** Other valid requests, to be sent after it. */
  readonly alsoAccepted: readonly Press[];
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
  const document = await openApiDocument();
  const pressed: PressedRoute[] = [];
  for (const { method, path, rule } of app.get(RouteManifest, { strict: false }).entries) {
    // link-pages.e2e-spec.ts opens them.
    if (isPage({ path })) continue;
    const described = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')];
    const operation = described?.[method.toLowerCase()] as Operation | undefined;
    if (!operation) throw new Error(`${method} ${path} is not described`);
    const { ids, values, member, authorization, credentials } = await newResources(app);
    const token = await linkToken(app, LINK_ROUTES[path], member);
    const body = bodyOf(operation, document.components as unknown as Components, {
      ...values,
      token,
    });
    const accepted = {
      name: `${method} ${path}`,
      method,
      path: path.replaceAll(/(\w+)\/:(?:\w+_)?id/g, (_, kind: string) => `${kind}/${ids[kind]}`),
      authorization: rule.kind === 'public' ? undefined : authorization,
      ...(body && { json: body }),
    };
    pressed.push({
      name: accepted.name,
      accepted,
      alsoAccepted: [
        ...(await acceptedForms(app, accepted, operation)),
        ...OAUTH_FORMS.filter(([to]) => to === accepted.name).map(([to, form, change]) =>
          Object.assign({}, accepted, { json: undefined }, change(credentials), {
            name: `${to}, ${form}`,
          }),
        ),
      ],
      refused: refusedForms(accepted, operation, path),
    });
  }
  return pressed;
}

/** What the links are for whose token a route takes. */
const LINK_ROUTES: Readonly<Record<string, LinkPurpose>> = {
  '/api/v1/account/invitation/accept': 'invitation',
  '/api/v1/account/password_reset/confirm': 'reset',
  '/api/v1/account/email/verify': 'verification',
};

async function linkToken(
  app: INestApplication,
  purpose: LinkPurpose | undefined,
  { id: userId, accountId, emailAddress: address, role }: User,
): Promise<string | undefined> {
  if (purpose === undefined) return undefined;
  const links = app.get(OneTimeLinks, { strict: false });
  const maker = { createdBy: 'system', createdByType: 'system' } as const;
  const link = links.prepare({ purpose, accountId, userId, address, role, ...maker });
  await links.add(link, app.get<DataSource>(getDataSourceToken()).manager);
  return links.tokenOf(link);
}

async function newResources(app: INestApplication) {
  const gatehouse = gatehouseTesting(app);
  const { account, owner } = await gatehouse.account({ owner: { password: PASSWORD } });
  const caller = await gatehouse.as({ account });
  const other = await gatehouse.as({ account });
  const member = await gatehouse.user({ account, password: PASSWORD });
  const { apiKey, key, secret } = await gatehouse.asApiKey({ account });
  await gatehouse.asApiKey({ account });
  const role = await request(await reachable(app), 'POST', '/api/v1/account/role', {
    headers: caller.headers,
    json: { name: 'clerk', scopes: ['users:read'] },
  });
  const sessions = await request(await reachable(app), 'GET', '/api/v1/account/session', {
    headers: other.headers,
  });
  const [, earlier] = sessions.body as { id: string }[];
  const webhook = await newWebhook(app, caller);
  return {
    member,
    authorization: caller.authorization,
    credentials: {
      username: owner.emailAddress,
      refreshToken: String(caller.refreshToken),
      other: { authorization: other.authorization, refreshToken: String(other.refreshToken) },
      key,
      secret,
    },
    ids: {
      user: member.id,
      api_key: apiKey.id,
      role: role.body.id,
      session: earlier?.id,
      ...webhook,
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

/** A webhook that is not active, so that nothing is sent, with a delivery that was given up. */
async function newWebhook(
  app: INestApplication,
  { account, headers }: TestCredentials,
): Promise<{ webhook: string; delivery: string }> {
  const made = await request(await reachable(app), 'POST', '/api/v1/account/webhook', {
    headers,
    json: { url: 'https://gatehouse.invalid/', events: ['*'], is_active: false },
  });
  const { id } = made.body as { id: string };
  const delivery = newDelivery({
    id: randomUUID(),
    webhookId: id,
    accountId: account.id,
    eventId: randomUUID(),
    name: 'user.created',
    subject: account.id,
    body: JSON.stringify({ type: 'user.created', timestamp: '', data: {} }),
    createdAt: Date.now(),
  });
  const row = { ...delivery, state: 'failed' as const };
  await app.get<DataSource>(getDataSourceToken()).manager.insert(WebhookDelivery, row);
  return { webhook: id, delivery: row.id };
}

interface Credentials {
  readonly username: string;
  readonly refreshToken: string;
  readonly other: { readonly authorization: string; readonly refreshToken: string };
  readonly key: string;
  readonly secret: string;
}

const basic = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

/** The ways in which clients of OAuth present their credentials. */
const OAUTH_FORMS: readonly (readonly [
  to: string,
  form: string,
  change: (credentials: Credentials) => Partial<Press>,
])[] = [
  [
    'POST /oauth/token',
    'with a refresh token',
    ({ refreshToken }) => ({
      json: { grant_type: 'refresh_token', refresh_token: refreshToken },
    }),
  ],
  [
    'POST /oauth/token',
    'with a refresh token in a form',
    ({ refreshToken }) => ({
      form: { grant_type: 'refresh_token', refresh_token: refreshToken },
    }),
  ],
  [
    'POST /oauth/token',
    'with client credentials in a form',
    ({ key, secret }) => ({
      form: { grant_type: 'client_credentials', client_id: key, client_secret: secret },
    }),
  ],
  [
    'POST /oauth/token',
    'with client credentials as Basic',
    ({ key, secret }) => ({
      authorization: basic(key, secret),
      json: { grant_type: 'client_credentials' },
    }),
  ],
  [
    'POST /oauth/token',
    'with a Basic header and a query',
    ({ username }) => ({
      path: '/oauth/token?grant_type=password&scope=owner',
      authorization: basic(username, PASSWORD),
    }),
  ],
  [
    'POST /oauth/token',
    'with a password in a form',
    ({ username }) => ({ form: { grant_type: 'password', username, password: PASSWORD } }),
  ],
  [
    'POST /oauth/revoke',
    'in a form',
    ({ other: { authorization, refreshToken } }) => ({
      authorization,
      form: { refresh_token: refreshToken },
    }),
  ],
  [
    'GET /oauth/me',
    'with an API key as Basic',
    ({ key, secret }) => ({ authorization: basic(key, secret) }),
  ],
  [
    'GET /oauth/me',
    'with an API key as one string',
    ({ key, secret }) => ({ authorization: basic(`${key}.${secret}`, '') }),
  ],
];

/** A HEAD for each GET, pages of each list, and what else of a query or header a route takes. */
async function acceptedForms(
  app: INestApplication,
  valid: Press,
  { parameters = [] }: Operation,
): Promise<Press[]> {
  const forms: Press[] = [];
  const add = (form: string, change: Partial<Press>) =>
    forms.push({ ...valid, ...change, name: `${valid.name}, ${form}` });
  const takes = (name: string) => parameters.some((each) => each.name === name);
  if (valid.method === 'GET') add('as HEAD', { method: 'HEAD' });
  if (takes('cursor')) {
    const path = `${valid.path}?limit=1`;
    add('with a limit', { path });
    const { headers } = await press(await reachable(app), { ...valid, path });
    const [, next] = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '') ?? [];
    if (next !== undefined) add('with a cursor', { path: next });
  }
  if (takes('all')) add('with all', { path: `${valid.path}?all=true` });
  if (takes('Idempotency-Key')) add('with an Idempotency-Key', { idempotencyKey: randomUUID() });
  return forms;
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
  const { parameters = [] } = operation;
  if (parameters.some(({ name }) => name === 'Idempotency-Key'))
    add('with a wrong Idempotency-Key', { idempotencyKey: '7' });
  for (const { name } of parameters.filter(
    (each) => each.in === 'query' && path !== '/oauth/token',
  )) {
    add(`with a wrong ${name}`, { path: `${valid.path}?${name}=%201` });
  }
  return forms;
}

/** Sends a request, with other headers too. */
export async function press(
  { url }: Pick<Host, 'url'>,
  { method, path, authorization, idempotencyKey, json, form }: Press,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = await fetch(url + path, {
    method,
    headers: {
      ...headers,
      ...(authorization && { authorization }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...(json !== undefined && { 'content-type': JSON_TYPE }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(form && { body: new URLSearchParams(form) }),
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
        /eyJ[\w-]+\.[\w-]+\.[\w-]+|gth[ks]_[\da-f]+|whsec_[\w+/=]+|(?<=cursor=)[\w-]+|[\w-]{128}/g,
        '<secret>',
      )
      .replaceAll(/\b1\d{12}\b|(?<="expires_in":)\d+/g, '0'),
  ) as unknown;
}
