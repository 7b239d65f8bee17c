// A host's global pipes, guards, interceptors, filters, prefix and versions, each with every route of ours (S-208).
import {
  Controller,
  Get,
  HttpException,
  Post,
  UseInterceptors,
  ValidationPipe,
  VersioningType,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { useContainer } from 'class-validator';
import { map, type Observable } from 'rxjs';
import { Public } from '../../../src/access/public.decorator.js';
import { RequireScopes } from '../../../src/access/require-scopes.decorator.js';
import { GatehouseModule } from '../../../src/gatehouse.module.js';
import { prepared, startHost, type Adapter, type Host, type HostParts } from './host.js';
import { changeTexts, combined, MEDDLING, MEDDLING_TOGETHER } from './meddling.js';
import { ownAnswers, withOwnRoutes } from './own-routes.js';
import {
  comparable,
  press,
  pressedRoutes,
  type Press,
  type PressedRoute,
} from './pressed-routes.js';

let file: string;
let routes: PressedRoute[];
let opened: Host | undefined;

beforeAll(async () => {
  file = await prepared(async (host) => {
    routes = await pressedRoutes(host);
  });
});

afterEach(async () => {
  await opened?.app.close();
  opened = undefined;
  // A host may have set its container, which class-validator keeps for the process, and its validator, which all pipes of
  // Nest share with the newest one.
  useContainer(undefined as never);
  void new ValidationPipe();
});

async function open(adapter: Adapter, parts: HostParts = {}): Promise<Host> {
  opened = await startHost(adapter, { ...parts, file });
  return opened;
}

/** The answers to every request, by its name; the requests to different routes use different accounts. */
async function answers(host: Host): Promise<Record<string, unknown>> {
  const all = await Promise.all(
    routes.map(async ({ refused, accepted, alsoAccepted }) => {
      const found: [string, unknown][] = [];
      for (const each of [...refused, accepted, ...alsoAccepted]) {
        found.push([each.name, comparable(await press(host, each))]);
      }
      return found;
    }),
  );
  return Object.fromEntries(all.flat());
}

/** Whether a second request finds what the first one found. */
function isRepeatable({ method, path, idempotencyKey }: Press): boolean {
  if (idempotencyKey !== undefined || path.startsWith('/oauth/token')) return true;
  // An export holds the audit trail, in which the one before is.
  if (path.endsWith('/export')) return false;
  return method !== 'POST' && method !== 'DELETE' && !path.endsWith('/password');
}

it('the groups hold everything that a host is known to do', () => {
  expect(MEDDLING_TOGETHER.flat().toSorted()).toEqual(Object.keys(MEDDLING).toSorted());
});

describe.each(['fastify', 'express'] as const)('our routes in a host on %s', (adapter) => {
  let usual: Record<string, unknown>;
  let ownUsual: unknown[];
  beforeAll(async () => {
    const host = await startHost(adapter, { ...withOwnRoutes({}), file });
    usual = await answers(host);
    ownUsual = await ownAnswers(host);
    await host.app.close();
  });

  it('accept their valid request and refuse each invalid one', () => {
    const statusOf = (name: string) => (usual[name] as { status: number }).status;
    const failed = routes.flatMap(({ accepted, alsoAccepted, refused }) => [
      ...[accepted, ...alsoAccepted]
        .map(({ name }) => name)
        .filter((name) => statusOf(name) >= 300),
      ...refused.map(({ name }) => name).filter((name) => statusOf(name) < 400),
    ]);
    expect(failed).toEqual([]);
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.flatMap(({ refused }) => refused).length).toBeGreaterThan(routes.length);
    const others = routes.flatMap(({ alsoAccepted }) => alsoAccepted.map(({ name }) => name));
    expect(others).toEqual(
      expect.arrayContaining(['GET /api/v1/account/user, with a cursor', 'GET /oauth/me, as HEAD']),
    );
  });

  // Each alone on Express, which most hosts have.
  const meddling =
    adapter === 'express' ? Object.keys(MEDDLING).map((name) => [name]) : MEDDLING_TOGETHER;
  it.each(meddling.map((names) => ({ names, title: names.join(', ') })))(
    'answer as without $title (S-208)',
    async ({ names }) => {
      const parts = combined(names.map((name) => MEDDLING[name] as HostParts));
      const host = await open(adapter, withOwnRoutes(parts));
      expect(await answers(host)).toEqual(usual);
      // Otherwise it would do nothing to any route.
      expect(await ownAnswers(host)).not.toEqual(ownUsual);
    },
  );

  it('share no answer with another that an interceptor has changed in place (S-208)', async () => {
    class Changing implements NestInterceptor {
      intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
        const { headers } = context.switchToHttp().getRequest<{ headers: object }>();
        return handler.handle().pipe(
          map((answer: unknown) => {
            if ('x-change' in headers) changeTexts(answer, () => 'changed');
            if ('x-change' in headers && answer) Object.assign(answer, { added: true });
            return answer;
          }),
        );
      }
    }
    const host = await open(adapter, {
      prepare: (app) => app.useGlobalInterceptors(new Changing()),
    });
    for (const each of routes.flatMap(({ accepted, alsoAccepted }) => [
      accepted,
      ...alsoAccepted,
    ])) {
      const expected = usual[each.name] as { status: number };
      const changed = await press(host, each, { 'x-change': 'yes' });
      expect([each.name, changed.status]).toEqual([each.name, expected.status]);
      if (changed.body.length !== 0) expect(comparable(changed)).not.toEqual(expected);
      if (isRepeatable(each)) expect(comparable(await press(host, each))).toEqual(expected);
    }
  });

  it('are described where they are served, also before the application is initialised (S-208)', async () => {
    let described: string[] = [];
    const prepare = (app: INestApplication) => {
      app.setGlobalPrefix('api', { exclude: ['/'] });
      described = Object.keys(
        SwaggerModule.createDocument(app, new DocumentBuilder().build()).paths,
      );
    };
    await open(adapter, { prepare });
    expect(described).toEqual(expect.arrayContaining(['/oauth/token', '/api/v1/account']));
    expect(
      described.filter((path) => !/^\/(oauth|api\/v1|link|health|\.well-known)\b/.test(path)),
    ).toEqual([]);
  });

  it('answer the exceptions of a host’s guard in their own form, or as Nest does (S-208)', async () => {
    const thrown: Record<string, unknown> = {
      closed: new HttpException('closed', 403),
      busy: new HttpException('busy', 503),
      broken: new Error('broken'),
      unpaid: new HttpException({ reason: 'unpaid' }, 402),
    };
    const canActivate = (context: ExecutionContext) => {
      const { headers } = context
        .switchToHttp()
        .getRequest<{ headers: Record<string, string | undefined> }>();
      if (headers['x-throw']) throw thrown[headers['x-throw']];
      return true;
    };
    const host = await open(adapter, { prepare: (app) => app.useGlobalGuards({ canActivate }) });
    const [route] = routes as [PressedRoute];
    const ask = (name: string) => press(host, route.accepted, { 'x-throw': name });
    expect(await ask('closed')).toMatchObject({ status: 403, body: { code: 40302 } });
    expect(await ask('busy')).toMatchObject({ status: 503, body: { code: 50301 } });
    expect(await ask('broken')).toMatchObject({ status: 500, body: { code: 50001 } });
    expect(await ask('unpaid')).toMatchObject({ status: 402, body: { reason: 'unpaid' } });
  });

  it('stay at their paths, and the host’s routes are listed where they are served (contract §7)', async () => {
    @Controller('orders')
    class Orders {
      @Get(':id')
      @RequireScopes('users:read')
      read(): object {
        return {};
      }

      @Get()
      @Public()
      list(): object {
        return {};
      }
    }
    const host = await open(adapter, {
      controllers: [Orders],
      gatehouse: { routePrefix: 'auth' },
      prepare: (app) => {
        app.setGlobalPrefix('shop', { exclude: ['orders'] });
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '3' });
      },
    });
    const scopes = routes.find(({ name }) => name === 'GET /api/v1/scope') as PressedRoute;
    const moved = { ...scopes.accepted, path: '/auth/api/v1/scope' };
    const { body } = await press(host, moved);
    const served = (body as { routes: string[] }[]).flatMap((each) => each.routes);
    expect(served).toContain('GET /shop/v3/orders/:id');
    expect(served).toContain('GET /auth/api/v1/account/user');
    expect((await press(host, { ...moved, path: '/shop/v3/orders/1' })).status).toBe(200);
    expect((await press(host, { ...moved, path: '/v3/orders' })).status).toBe(200);
    expect((await press(host, { ...moved, path: '/shop/auth/api/v1/scope' })).status).toBe(404);
    const { headers } = await press(host, { ...moved, path: '/auth/api/v1/account/role?limit=1' });
    expect(headers.get('link')).toMatch(/^<\/auth\/api\/v1\/account\/role\?limit=1&cursor=/);
  });
});

describe.each(['fastify', 'express'] as const)('routes of a host on %s', (adapter) => {
  @Controller('oauth')
  class SignIn {
    @Get('me')
    me(): object {
      return { of: 'host' };
    }

    @Post('me')
    change(): object {
      return { of: 'host' };
    }
  }

  @Controller('api/v1/account/user')
  class Exports {
    @Get('export')
    read(): object {
      return { of: 'host' };
    }
  }

  it.each([
    ['the path of one of ours', SignIn, {}, 'SignIn.me (GET /shop/oauth/me)'],
    [
      'a path that one of ours matches',
      Exports,
      {},
      'Exports.read (GET /shop/api/v1/account/user/export)',
    ],
    [
      'that path and a version',
      SignIn,
      { defaultVersion: '3' },
      'SignIn.me (GET /shop/v3/oauth/me)',
    ],
  ])(
    'keep the global prefix, or the start stops: %s (S-208)',
    async (_, controller, versions, name) => {
      const prepare = (app: INestApplication) => {
        app.setGlobalPrefix('shop');
        app.enableVersioning({ type: VersioningType.URI, ...versions });
      };
      const started = open(adapter, { controllers: [controller], prepare });
      await expect(started).rejects.toThrow(
        `${name} would lose the global prefix, because a route of Gatehouse has its path: set routePrefix`,
      );
    },
  );

  it('keep the global prefix beside a routePrefix of ours, and their place outside it (S-208)', async () => {
    const [route] = routes as [PressedRoute];
    const ask = async (host: Host, path: string) =>
      (await press(host, { ...route.accepted, method: 'GET', path })).body;
    const moved = await open(adapter, {
      controllers: [SignIn],
      gatehouse: { routePrefix: 'auth' },
      prepare: (app) => app.setGlobalPrefix('shop'),
    });
    expect(await ask(moved, '/shop/oauth/me')).toEqual({ of: 'host' });
    await moved.app.close();
    const outside = open(adapter, {
      controllers: [Exports],
      prepare: (app) => app.setGlobalPrefix('shop', { exclude: ['api/v1/account/user/export'] }),
    });
    await expect(outside).resolves.toBeDefined();
  });
});

describe('routeDecorators (S-208)', () => {
  it.each([
    ['a rule of ours, which would open every route', [Public()]],
    ['something else', ['Public']],
    ['no list', Public()],
  ])('refuses %s', (_, routeDecorators) => {
    const options = { secret: 'unused', routeDecorators } as never;
    expect(() => GatehouseModule.forRoot(options)).toThrow(/option routeDecorators must/);
  });

  it('decorates each handler once for each Gatehouse', async () => {
    let calls = 0;
    const counting: NestInterceptor = {
      intercept: (_, handler) => {
        calls++;
        return handler.handle();
      },
    };
    const gatehouse = { routeDecorators: [UseInterceptors(counting)] };
    for (const parts of [{ gatehouse }, { gatehouse }, {}]) {
      calls = 0;
      const host = await open('fastify', parts);
      const live = routes.find(({ name }) => name === 'GET /health/live') as PressedRoute;
      await press(host, live.accepted);
      expect(calls).toBe('gatehouse' in parts ? 1 : 0);
      await host.app.close();
      opened = undefined;
    }
  });
});
