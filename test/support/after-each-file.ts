import { afterAll, expect } from '@jest/globals';
import { relative } from 'node:path';
import { disposeAll } from './cleanup.ts';

// Services that the file starts are counted under its name.
process.env.TEST_FILE = relative(process.cwd(), expect.getState().testPath ?? '');

afterAll(disposeAll);
