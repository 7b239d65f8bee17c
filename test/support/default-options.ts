import { randomBytes } from 'node:crypto';
import { roomOptions } from '../../src/room-options.js';

/** The options of every room in a host that set a secret and nothing else. */
export const DEFAULT_OPTIONS = roomOptions({ secret: randomBytes(48).toString('base64url') }, {});
