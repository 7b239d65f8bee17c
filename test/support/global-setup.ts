import { disposeAll } from './cleanup.ts';
import { provideServices } from './services.ts';
import { provideSharedServices } from './shared-services.ts';

declare global {
  /** Passed from the global setup to the global teardown, which Jest loads separately. */
  var stopServices: (() => Promise<void>) | undefined;
}

export default async function setUp(): Promise<void> {
  globalThis.stopServices = disposeAll;
  try {
    await provideServices();
    await provideSharedServices();
  } catch (error) {
    await disposeAll();
    throw error;
  }
}
