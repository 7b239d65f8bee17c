// Routes of the host's own, which show that what the host does to every route has an effect.
import {
  Body,
  Controller,
  Get,
  HttpException,
  Injectable,
  Post,
  Query,
  Req,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { Exclude } from 'class-transformer';
import { IsString, Validate, ValidatorConstraint } from 'class-validator';
import { Public } from '../../../src/access/public.decorator.js';
import { press, type Press } from './pressed-routes.js';
import type { Host, HostParts } from './host.js';

@Injectable()
class Words {
  has(): boolean {
    return true;
  }
}

/** Accepts a value only where a container has made it. */
@Injectable()
@ValidatorConstraint()
class KnownWord {
  constructor(private readonly words?: Words) {}

  validate(): boolean {
    return this.words?.has() === true;
  }
}

class Word {
  @IsString()
  word!: string;
}

class CheckedWord {
  @Validate(KnownWord)
  word!: string;
}

class Count {
  @Exclude()
  readonly secret = 'secret';

  constructor(readonly count: number) {}
}

@Controller('own')
class OwnRoutes {
  private count = 0;

  @Post()
  @Public()
  echo(@Body() body: Word, @Query() query: object, @Req() { user }: { user?: unknown }): object {
    return { body, query, user };
  }

  @Post('checked')
  @Public()
  @UsePipes(new ValidationPipe())
  check(@Body() { word }: CheckedWord): object {
    return { word };
  }

  @Get()
  @Public()
  next(): Count {
    return new Count(++this.count);
  }

  @Get('broken')
  @Public()
  fail(): never {
    throw new HttpException('broken', 409);
  }
}

/** The same host with routes of its own. */
export function withOwnRoutes({ providers = [], ...parts }: HostParts): HostParts {
  return { ...parts, controllers: [OwnRoutes], providers: [...providers, Words, KnownWord] };
}

const json = { word: ' word', more: 1 };
const next: Press = { name: 'GET /own', method: 'GET', path: '/own' };
const PRESSES: readonly Press[] = [
  { name: 'POST /own', method: 'POST', path: '/own?word=word', json },
  { name: 'POST /own/checked', method: 'POST', path: '/own/checked', json },
  next,
  next,
  { name: 'GET /own/broken', method: 'GET', path: '/own/broken' },
];

/** The answers of the host's own routes. */
export async function ownAnswers(host: Host): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const each of PRESSES) {
    const { status, headers, body } = await press(host, each);
    found.push({ status, body, logged: headers.get('x-logged') });
  }
  return found;
}
