// A Nest host on Fastify and SQLite whose routes differ in their guard alone, for `npm run bench:guard`. The strategies
// are those of https://docs.nestjs.com/recipes/passport; the second also looks the user up, as most applications do.
import {
  Controller,
  Get,
  Injectable,
  Module,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import {
  gatehouseEntities,
  GatehouseGuard,
  gatehouseMigrations,
  GatehouseModule,
  RequireScopes,
} from '../src/index.js';
import { sqliteDriver } from '../src/server/database/engines/sqlite/sqlite-driver.js';
import { gatehouseTesting } from '../src/testing.js';
import type { LoadRequest } from './load.ts';

const SECRET = randomBytes(48).toString('base64url');
/** Headers of a proxy that terminates TLS; every route gets the same. */
const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' };

interface Payload {
  readonly sub: number;
  readonly username: string;
}

@Entity()
class Person {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  username!: string;
}

@Injectable()
class PeopleService {
  constructor(@InjectRepository(Person) private readonly people: Repository<Person>) {}

  findOne(id: number): Promise<Person | null> {
    return this.people.findOneBy({ id });
  }

  create(username: string): Promise<Person> {
    return this.people.save({ username });
  }
}

const JWT_OPTIONS = {
  jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
  ignoreExpiration: false,
  secretOrKey: SECRET,
};

@Injectable()
class StatelessStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super(JWT_OPTIONS);
  }

  validate({ sub, username }: Payload): object {
    return { userId: sub, username };
  }
}

@Injectable()
class LookUpStrategy extends PassportStrategy(Strategy, 'jwt-look-up') {
  constructor(private readonly people: PeopleService) {
    super(JWT_OPTIONS);
  }

  async validate({ sub }: Payload): Promise<Person> {
    const person = await this.people.findOne(sub);
    if (!person) throw new UnauthorizedException();
    return person;
  }
}

@Controller()
class ItemsController {
  @Get('bare')
  bare(): object {
    return ITEMS;
  }

  @UseGuards(GatehouseGuard)
  @RequireScopes('users:read')
  @Get('gatehouse')
  gatehouse(): object {
    return ITEMS;
  }

  @UseGuards(AuthGuard('jwt'))
  @Get('passport-jwt')
  stateless(): object {
    return ITEMS;
  }

  @UseGuards(AuthGuard('jwt-look-up'))
  @Get('passport-jwt-look-up')
  lookUp(): object {
    return ITEMS;
  }
}

const ITEMS = { items: ['ink', 'paper'] };

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      driver: sqliteDriver(),
      database: join(process.env['DATA_DIR'] ?? '.', 'host.sqlite'),
      entities: [Person, ...gatehouseEntities()],
      migrations: [...gatehouseMigrations()],
      migrationsRun: true,
    }),
    TypeOrmModule.forFeature([Person]),
    GatehouseModule.forRoot({
      secret: SECRET,
      accessToken: { lifetime: 3600 },
      transport: { trustProxy: ['127.0.0.1'] },
    }),
    PassportModule,
    JwtModule.register({ secret: SECRET, signOptions: { expiresIn: '1h' } }),
  ],
  controllers: [ItemsController],
  providers: [PeopleService, StatelessStrategy, LookUpStrategy],
})
class HostModule {}

const app = await NestFactory.create(HostModule, new FastifyAdapter(), { logger: false });
await app.listen(Number(process.env['PORT']), '127.0.0.1');

await app.get(DataSource).query('CREATE TABLE person (id integer PRIMARY KEY, username text)');
const ada = await app.get(PeopleService).create('ada');
const token = await app.get(JwtService).signAsync({ sub: ada.id, username: ada.username });
const { authorization } = await gatehouseTesting(app).as({ role: 'read_only' });

function get(path: string, authorization: string): LoadRequest {
  return { method: 'GET', path, headers: { ...FORWARDED, authorization } };
}

const requests = {
  'no guard': get('/bare', authorization),
  'Gatehouse: guarded route': get('/gatehouse', authorization),
  'passport-jwt, signature only': get('/passport-jwt', `Bearer ${token}`),
  'passport-jwt, user looked up': get('/passport-jwt-look-up', `Bearer ${token}`),
};
process.stdout.write(`${JSON.stringify({ name: 'host', requests })}\n`);
