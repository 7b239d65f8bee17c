import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from './../src/app.module';
import { useGlobals } from './../src/globals';

export const ORDERS = '/api/v1/orders';

export async function openApp(): Promise<INestApplication> {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  useGlobals(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
