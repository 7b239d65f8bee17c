import { disposeAll, temporaryDirectory } from './cleanup.ts';
import { provideServices } from './services.ts';
import { provideSharedServices } from './shared-services.ts';

declare global {
  /** Passed from the global setup to the global teardown, which Jest loads separately. */
  var stopServices: (() => Promise<void>) | undefined;
}

export default async function setUp(): Promise<void> {
  globalThis.stopServices = disposeAll;
  process.env.TEST_SERVER_TEMPLATES = temporaryDirectory('server-templates');
  try {
    await provideServices();
    await provideSharedServices();
  } catch (error) {
    await disposeAll();
    throw error;
  }
}
