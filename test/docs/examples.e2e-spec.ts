import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import { randomUUID } from 'node:crypto';
import { deleteAccountOf, signIn, signUp } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { inTurn } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { apiDocument, type ApiDocument, type Operation } from './document.js';

const JSON_TYPE = 'application/json';

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    uri: (text: string) => URL.canParse(text),
    email: true,
    password: true,
  },
});

let service: SharedService;
let document: ApiDocument;
beforeAll(async () => {
  service = await sharedService();
  document = await apiDocument(service);
});

function operation(id: string): Operation {
  const found = document.operations.find(({ operationId }) => operationId === id);
  if (!found) throw new Error(`There is no operation ${id}`);
  return found;
}

/** The schema behind a reference. */
function resolved(schema: SchemaObject): SchemaObject {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref']))?.[1];
  return name === undefined ? schema : (document.components.schemas[name] ?? {});
}

/** The body that Swagger UI fills in: the first example, or that of each member. */
function exampleBody({ requestBody, operationId }: Operation): Record<string, unknown> | undefined {
  const content = requestBody?.content[JSON_TYPE];
  if (!content) return undefined;
  const [first] = Object.values(content.examples ?? {});
  if (first) return first.value as Record<string, unknown>;
  const members = Object.entries(resolved(content.schema ?? {})['properties'] as object);
  return Object.fromEntries(
    members.map(([name, schema]: [string, SchemaObject]) => {
      if (!('example' in schema)) throw new Error(`${operationId} has no example of ${name}`);
      return [name, schema['example'] as unknown];
    }),
  );
}

/** The faults of an answer against the schema of its status; a member that no schema names is one. */
function faultsOf({ responses, operationId }: Operation, { status, body }: HttpResponse): unknown {
  const response = responses[status];
  if (!response) return `${operationId} does not document ${status}`;
  if (status === 204) return [];
  const schema = response.content?.[JSON_TYPE]?.schema;
  if (!schema) return `${operationId} has no schema of ${status}`;
  const schemas = Object.entries(document.components.schemas).map(([name, each]) => [
    name,
    { ...each, additionalProperties: false },
  ]);
  const components = { schemas: Object.fromEntries(schemas) as object };
  const validate = ajv.compile({ ...schema, components });
  validate(body);
  return validate.errors ?? [];
}

describe('the examples of the API description', () => {
  const pressed = new Set<string>();
  let ownToken = '';

  /** Sends what "Try it out" and "Execute" send, and expects the status and an answer like the schema. */
  async function expectAnswer(name: string, status: number, { id = '', bearer = ownToken } = {}) {
    const known = operation(name);
    pressed.add(name);
    const json = exampleBody(known);
    const path = known.path.replace('{id}', id);
    const answer = await inTurn(() =>
      request(service, known.method, path, {
        ...(json && { json }),
        ...(bearer !== '' && { bearer }),
      }),
    );
    expect([name, answer.status, answer.body]).toEqual([name, status, answer.body]);
    expect([name, faultsOf(known, answer)]).toEqual([name, []]);
    return answer.body;
  }

  async function signUpAndIn() {
    ownToken = '';
    await expectAnswer('reportLeakedApiKey', 202);
    await expectAnswer('signUp', 202);
    ownToken = (await expectAnswer('token', 200)).access_token;
  }

  // The files of a worker share the service, and others may sign the same user up.
  afterAll(async () => {
    const { email_address: email } = exampleBody(operation('signUp')) ?? {};
    for (const password of Object.values(exampleBody(operation('changePassword')) ?? {})) {
      await deleteAccountOf(service, String(email), String(password));
    }
  });

  it('work when they are pressed in order, and each answer is as described', async () => {
    for (const open of ['health', 'ready', 'live', 'jwks']) await expectAnswer(open, 200);
    await signUpAndIn();
    for (const read of ['me', 'validate', 'getAccount', 'listScopes', 'listAuditRecords'])
      await expectAnswer(read, 200);
    await expectAnswer('changeAccount', 200);

    const user = await expectAnswer('createUser', 201);
    await expectAnswer('listUsers', 200);
    await expectAnswer('getUser', 200, user);
    await expectAnswer('changeUser', 200, user);
    await expectAnswer('endUserSessions', 204, user);
    await expectAnswer('inviteUser', 202, user);
    await expectAnswer('renameMe', 200);
    await expectAnswer('requestEmailVerification', 202);
    await expectAnswer('requestPasswordReset', 202);
    await expectAnswer('listSessions', 200);

    const key = await expectAnswer('createApiKey', 201);
    await expectAnswer('listApiKeys', 200);
    await expectAnswer('getApiKey', 200, key);
    await expectAnswer('listApiKeySessions', 200, key);
    // The key lists users from here, and is described by the same schema as a user.
    await expectAnswer('listUsers', 200, { bearer: key.api_key });
    await expectAnswer('me', 200, { bearer: key.api_key });
    await expectAnswer('validate', 200, { bearer: key.api_key });
    await expectAnswer('rotateApiKey', 200, key);
    await expectAnswer('revokeApiKey', 200, key);

    const role = await expectAnswer('createRole', 201);
    await expectAnswer('listRoles', 200);
    await expectAnswer('replaceRole', 200, role);
    await expectAnswer('exportAccount', 200);
    await expectAnswer('deleteRole', 204, role);

    const webhook = await expectAnswer('createWebhook', 201);
    await expectAnswer('listWebhooks', 200);
    await expectAnswer('getWebhook', 200, webhook);
    await expectAnswer('rotateWebhook', 200, webhook);
    await expectAnswer('listWebhookDeliveries', 200, webhook);
    await expectAnswer('deleteWebhook', 204, webhook);

    await expectAnswer('deleteUser', 204, user);
    await expectAnswer('endSessions', 204);
    await expectAnswer('deleteAccount', 204);

    await signUpAndIn();
    await expectAnswer('changePassword', 204);
  });

  it('are tried for each route but those that need an id or a token of the caller', () => {
    const others = document.operations.filter(({ operationId }) => !pressed.has(operationId));
    expect(others.map(({ operationId }) => operationId).toSorted()).toEqual([
      'acceptInvitation',
      'changeEmail',
      'changeWebhook',
      'confirmPasswordReset',
      'endSession',
      'handOver',
      'redeliverToWebhook',
      'revoke',
      'verifyEmail',
    ]);
  });
});

it('shows for each route a refusal 40001 that the route gives (S-142)', async () => {
  const { access_token: bearer } = await signIn(service, await signUp(service));
  for (const route of document.operations) {
    const { operationId, method, path, requestBody, responses } = route;
    const example = responses[400]?.content?.[JSON_TYPE]?.examples?.['40001']?.value;
    const malformed = requestBody
      ? { bearer, json: [] }
      : { headers: { authorization: [`Bearer ${bearer}`, 'Basic Og=='] } };
    const target = path.replaceAll(/\{\w+\}/g, () => randomUUID());
    const answer = await request(service, method, target, malformed);
    expect([operationId, answer.body]).toEqual([operationId, example]);
    expect([operationId, faultsOf(route, answer)]).toEqual([operationId, []]);
  }
});
