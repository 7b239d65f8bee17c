import type * as Swagger from '@nestjs/swagger';
import type * as Mailers from 'nodemailer';
import type { RedisClientOptions, RedisClientType } from '@redis/client';

interface Redis {
  createClient(options: RedisClientOptions): RedisClientType;
}

interface Nodemailer {
  createTransport: typeof Mailers.createTransport;
}

type Exceptions = Record<string, new (error: object) => Error>;

// Each loads a package synchronously, and returns `undefined` where it is not installed.
export declare function swagger(): typeof Swagger | undefined;
export declare function websockets(): Exceptions | undefined;
export declare function microservices(): Exceptions | undefined;
export declare function redis(): Redis | undefined;
export declare function nodemailer(): Nodemailer | undefined;
export declare const folder: string;
