import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { addGatehouseSecurity, describeGatehouse } from 'nest-gatehouse';
import { AppModule } from './app.module.js';

/** Creates the application; with `HTTP_ADAPTER=fastify` on Fastify, else on Express. */
export async function createApp(): Promise<INestApplication> {
  const app = await newApplication();
  const config = addGatehouseSecurity(new DocumentBuilder().setTitle('Shop')).build();
  const document = describeGatehouse(app, SwaggerModule.createDocument(app, config));
  SwaggerModule.setup('docs', app, document);
  return app;
}

async function newApplication(): Promise<INestApplication> {
  const options = { logger: ['error', 'warn'], abortOnError: false } as const;
  if (process.env['HTTP_ADAPTER'] !== 'fastify') {
    return NestFactory.create(AppModule, { ...options, logger: [...options.logger] });
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create(AppModule, new FastifyAdapter(), {
    ...options,
    logger: [...options.logger],
  });
}
