import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { addGatehouseSecurity, describeGatehouse } from 'nest-gatehouse';
import { AppModule } from './app.module';
import { useGlobals } from './globals';

async function bootstrap() {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter());
  useGlobals(app);
  const config = addGatehouseSecurity(new DocumentBuilder().setTitle('Shop')).build();
  const document = describeGatehouse(app, SwaggerModule.createDocument(app, config));
  SwaggerModule.setup('docs', app, document);
  await app.listen(process.env.PORT ?? 3000, '127.0.0.1');
}
void bootstrap();
