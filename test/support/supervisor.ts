import { request } from './http.ts';

/** Asks Jest's main process for something that all test files share (shared-services.ts). */
export async function askSupervisor(path: string): Promise<string> {
  const supervisor = { url: process.env.TEST_SHARED_SERVICES ?? '' };
  const { status, text } = await request(supervisor, 'GET', path, { timeoutMs: 300_000 });
  if (status !== 200) throw new Error(`There is no ${path} to share: ${text}`);
  return text;
}
