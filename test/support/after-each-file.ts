import { afterAll } from '@jest/globals';
import { disposeAll } from './cleanup.ts';

afterAll(disposeAll);
