import { Logger, type INestApplication } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { CodedException } from '../common/errors/coded.exception.js';
import { SignUpService } from '../users/sign-up.service.js';
import { EnvError, type Env } from './config/env.js';

const DEVELOPMENT_EMAIL = 'owner@example.com';
const UNUSED_PASSWORD =
  'OWNER_PASSWORD is not used: the database has users already, and their passwords stay';

/**
 * Creates the first owner of an empty database, from the configuration or, outside production, with a
 * random password that is printed once and never logged (S-16).
 *
 * @throws EnvError when address or password is refused
 */
export async function createFirstOwner(app: INestApplication, env: Env): Promise<void> {
  if (env.isProduction && env.OWNER_EMAIL === undefined) return;
  const emailAddress = env.OWNER_EMAIL ?? DEVELOPMENT_EMAIL;
  const password = env.OWNER_PASSWORD ?? randomBytes(18).toString('base64url');
  try {
    const isCreated = await app
      .get(SignUpService, { strict: false })
      .createFirstOwner(
        { name: 'First account', country: 'NLD', planId: null },
        { firstName: 'First', surname: 'Owner', emailAddress, password },
      );
    if (env.OWNER_PASSWORD !== undefined) {
      if (!isCreated) new Logger('Settings').warn(UNUSED_PASSWORD);
      return;
    }
    if (!isCreated) return;
  } catch (error) {
    throw error instanceof CodedException ? toEnvError(error) : error;
  }
  process.stdout.write(
    `\nFirst owner, shown this once:\n  Address   ${emailAddress}\n  Password  ${password}\n\n`,
  );
}

function toEnvError(error: CodedException): Error {
  const [fault] = error.errors ?? [];
  if (!fault) return error;
  const name = fault.field === 'password' ? 'OWNER_PASSWORD' : 'OWNER_EMAIL';
  return new EnvError(name, `is refused: ${fault.message.replace(/\.$/, '')}`);
}
