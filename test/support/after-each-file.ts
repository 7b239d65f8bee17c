import { afterAll, expect } from '@jest/globals';
import { relative } from 'node:path';
import { disposeAll } from './cleanup.ts';

// Whatever the file starts is counted under its name.
process.env.TEST_FILE = relative(process.cwd(), expect.getState().testPath ?? '');

afterAll(disposeAll);
