// What a host may do to every route of its application, and with that to ours.
import {
  Catch,
  ClassSerializerInterceptor,
  HttpException,
  HttpStatus,
  Scope,
  SetMetadata,
  ValidationPipe,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { useContainer } from 'class-validator';
import { map, of, tap, timeout, type Observable } from 'rxjs';
import type { HostParts } from './host.js';

const LEFT_ALONE = 'host:left-alone';

/** The decorator by which the guards and interceptors below leave a route alone. */
const LeaveAlone = () => SetMetadata(LEFT_ALONE, true);

const marked = { gatehouse: { routeDecorators: [LeaveAlone()] } };

interface Changeable {
  body?: unknown;
  params?: unknown;
  query?: unknown;
  user?: unknown;
}

/** Changes every text in a value, in place. */
export function changeTexts(value: unknown, change: (text: string) => unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const object = value as Record<string, unknown>;
  for (const [name, member] of Object.entries(object)) {
    if (typeof member === 'string') object[name] = change(member);
    else changeTexts(member, change);
  }
}

class ThrowingPipe implements PipeTransform {
  transform(): never {
    throw new Error('no value pleases the host');
  }
}

/** As those that trim, parse or change case, but in place. */
class ChangingPipe implements PipeTransform {
  transform(value: unknown): unknown {
    changeTexts(value, (text) => text.toUpperCase().trim());
    if (typeof value === 'object' && value !== null) Object.assign(value, { added: true });
    return typeof value === 'string' ? Number.parseInt(value, 10) : value;
  }
}

class ClosedGuard implements CanActivate {
  constructor(private readonly asksHandlerOnly = false) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), ...(this.asksHandlerOnly ? [] : [context.getClass()])];
    return new Reflector().getAllAndOverride<boolean | undefined>(LEFT_ALONE, targets) === true;
  }
}

class ImposingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const user = { id: 'admin', accountId: 'admin', role: 'owner', scopes: new Set(['owner']) };
    context.switchToHttp().getRequest<Changeable>().user = user;
    return true;
  }
}

abstract class SparingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    const isSpared = new Reflector().getAllAndOverride<boolean | undefined>(LEFT_ALONE, [
      context.getHandler(),
      context.getClass(),
    ]);
    return isSpared ? handler.handle() : this.change(context, handler);
  }

  protected abstract change(context: ExecutionContext, handler: CallHandler): Observable<unknown>;
}

class WrappingInterceptor extends SparingInterceptor {
  protected change(_: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(map((data) => ({ data })));
  }
}

class CachingInterceptor extends SparingInterceptor {
  private readonly answers = new Map<string, unknown>();

  protected change(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    if (this.answers.has(url)) return of(this.answers.get(url));
    return handler.handle().pipe(tap((answer) => void this.answers.set(url, answer)));
  }
}

/** As one that turns `camelCase` into `snake_case`. */
class RequestChangingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Changeable>();
    changeTexts(request.body, (text) => `${text} `);
    for (const name of ['body', 'query'] as const) {
      Object.defineProperty(request, name, { value: { added: true }, configurable: true });
    }
    return handler.handle();
  }
}

class LimitingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<{
      header(name: string, value: string): unknown;
    }>();
    const log = (answer: unknown) =>
      void response.header('x-logged', String(JSON.stringify(answer)?.length));
    return handler.handle().pipe(timeout(60_000), tap(log));
  }
}

class AnsweringFilter implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{
      status(code: number): { send(body: unknown): void };
    }>();
    response.status(418).send({ hijacked: true });
  }
}

Catch()(AnsweringFilter);

class HttpAnsweringFilter extends AnsweringFilter {}

Catch(HttpException)(HttpAnsweringFilter);

const implicitConversion = () =>
  new ValidationPipe({
    transform: true,
    transformOptions: { enableImplicitConversion: true },
    whitelist: true,
    errorHttpStatusCode: HttpStatus.UNPROCESSABLE_ENTITY,
  });

const strictValidation = () =>
  new ValidationPipe({
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validateCustomDecorators: true,
    whitelist: true,
  });

/** Each kind of meddling, after which our routes answer as without it (S-208). */
export const MEDDLING: Readonly<Record<string, HostParts>> = {
  'a pipe that converts and strips': {
    prepare: (app) => app.useGlobalPipes(implicitConversion()),
  },
  'a pipe that forbids what has no rules': {
    providers: [{ provide: APP_PIPE, useFactory: strictValidation }],
  },
  'a validator of the host’s own': {
    prepare: (app) =>
      app.useGlobalPipes(
        new ValidationPipe({
          transform: true,
          validatorPackage: { validate: () => [] },
          transformerPackage: { plainToInstance: () => ({}), classToPlain: () => ({}) },
        } as never),
      ),
  },
  'a pipe that changes values in place': {
    prepare: (app) => app.useGlobalPipes(new ChangingPipe()),
  },
  'a pipe that throws': { providers: [{ provide: APP_PIPE, useClass: ThrowingPipe }] },
  'a pipe for each request': {
    providers: [{ provide: APP_PIPE, useClass: ThrowingPipe, scope: Scope.REQUEST }],
  },
  'a guard that closes everything': {
    ...marked,
    providers: [{ provide: APP_GUARD, useFactory: () => new ClosedGuard() }],
  },
  'a guard that asks the handler only': {
    ...marked,
    prepare: (app) => app.useGlobalGuards(new ClosedGuard(true)),
  },
  'a guard for each request': {
    ...marked,
    providers: [{ provide: APP_GUARD, useFactory: () => new ClosedGuard(), scope: Scope.REQUEST }],
  },
  'a guard that sets the user': { prepare: (app) => app.useGlobalGuards(new ImposingGuard()) },
  'an interceptor that wraps answers': {
    ...marked,
    providers: [{ provide: APP_INTERCEPTOR, useClass: WrappingInterceptor }],
  },
  'an interceptor that caches by URL': {
    ...marked,
    prepare: (app) => app.useGlobalInterceptors(new CachingInterceptor()),
  },
  'an interceptor that changes the request': {
    prepare: (app) => app.useGlobalInterceptors(new RequestChangingInterceptor()),
  },
  'the serializer': {
    prepare: (app) => app.useGlobalInterceptors(new ClassSerializerInterceptor(new Reflector())),
  },
  'a time limit and a log': {
    prepare: (app) => app.useGlobalInterceptors(new LimitingInterceptor()),
  },
  'a filter for everything': { providers: [{ provide: APP_FILTER, useClass: AnsweringFilter }] },
  'a filter for HTTP exceptions': {
    prepare: (app) => app.useGlobalFilters(new HttpAnsweringFilter()),
  },
  'a global prefix': { prepare: (app) => app.setGlobalPrefix('api') },
  'a global prefix with a parameter and exceptions': {
    prepare: (app) => app.setGlobalPrefix('shops/:shop', { exclude: ['ping', 'oauth/{*rest}'] }),
  },
  'versions in the path': {
    prepare: (app) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] });
    },
  },
  'versions in a header': {
    prepare: (app) =>
      app.enableVersioning({ type: VersioningType.HEADER, header: 'X-V', defaultVersion: '1' }),
  },
  'versions in the media type': {
    prepare: (app) =>
      app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '1' }),
  },
  'versions of the host’s own': {
    prepare: (app) =>
      app.enableVersioning({
        type: VersioningType.CUSTOM,
        extractor: () => '7',
        defaultVersion: '1',
      }),
  },
  'a container for validators': {
    prepare: (app) => useContainer(app, { fallbackOnErrors: true }),
  },
};

/** The same in hosts that do several of these things: what changes no answer alone changes none beside others. */
export const MEDDLING_TOGETHER: readonly (readonly string[])[] = [
  [
    'a pipe that converts and strips',
    'a guard that sets the user',
    'an interceptor that caches by URL',
    'a global prefix',
  ],
  [
    'a pipe that forbids what has no rules',
    'an interceptor that changes the request',
    'a filter for HTTP exceptions',
    'versions in the path',
  ],
  [
    'a validator of the host’s own',
    'a guard that closes everything',
    'an interceptor that wraps answers',
    'versions in a header',
  ],
  [
    'a pipe that changes values in place',
    'the serializer',
    'a filter for everything',
    'a container for validators',
  ],
  [
    'a pipe for each request',
    'a guard for each request',
    'a time limit and a log',
    'versions in the media type',
  ],
  [
    'a pipe that throws',
    'a guard that asks the handler only',
    'a global prefix with a parameter and exceptions',
    'versions of the host’s own',
  ],
];

/** What a host does that does all of this. */
export function combined(all: readonly HostParts[]): HostParts {
  return {
    ...Object.assign({}, ...all),
    providers: all.flatMap(({ providers = [] }) => providers),
    prepare: (app) => {
      for (const { prepare } of all) prepare?.(app);
    },
  };
}
