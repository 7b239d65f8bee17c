// What applies to every route of this application.
import {
  Catch,
  HttpException,
  SetMetadata,
  ValidationPipe,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { GatehouseGuard } from 'nest-gatehouse';
import { map, type Observable } from 'rxjs';

export const HostPublic = () => SetMetadata('host-public', true);
export const NoEnvelope = () => SetMetadata('no-envelope', true);

/** Closes every route that is neither public nor guarded by Gatehouse. */
export class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const guards: unknown[] = Reflect.getMetadata(GUARDS_METADATA, context.getClass()) ?? [];
    return isMarked('host-public', context) || guards.includes(GatehouseGuard);
  }
}

class Envelope implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (isMarked('no-envelope', context)) return next.handle();
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** Changes answers in place. */
class Stamp implements NestInterceptor {
  private count = 0;

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const stamp = ++this.count;
    return next.handle().pipe(
      map((answer: unknown) => {
        const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
        return isObject
          ? Object.assign(answer, { stamps: stampsOf(answer).concat(stamp) })
          : answer;
      }),
    );
  }
}

@Catch()
class Faults implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const isHttp = exception instanceof HttpException;
    const reply = host.switchToHttp().getResponse();
    void reply
      .status(isHttp ? exception.getStatus() : 500)
      .send({ ...(isHttp ? (exception.getResponse() as object) : {}), from: 'the host' });
  }
}

export function useGlobals(app: INestApplication): void {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.useGlobalPipes(
    new ValidationPipe({
      transform: true,
      transformOptions: { enableImplicitConversion: true },
      whitelist: true,
      errorHttpStatusCode: 422,
    }),
  );
  app.useGlobalInterceptors(new Envelope(), new Stamp());
  app.useGlobalFilters(new Faults());
}

function isMarked(mark: string, context: ExecutionContext): boolean {
  return [context.getHandler(), context.getClass()].some((each) => Reflect.getMetadata(mark, each));
}

function stampsOf(answer: object): number[] {
  return (answer as { stamps?: number[] }).stamps ?? [];
}
