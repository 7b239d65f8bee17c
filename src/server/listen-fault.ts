import { EnvError } from './config/env.js';

/** The fault of the setting that keeps the service from listening; any other error as it is. */
export function listenFault(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return new EnvError('PORT', 'is in use: stop the other program or choose another port');
    case 'EACCES':
      return new EnvError('PORT', 'is closed to this user: choose one from 1024 on');
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new EnvError('HOST', 'is not an address of this machine');
    case 'EAI_AGAIN':
    case 'ENODATA':
    case 'ENOTFOUND':
      return new EnvError('HOST', 'is a name without an address');
    default:
      return error;
  }
}
