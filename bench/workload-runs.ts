import type { LoadGenerator, LoadJob, LoadResult } from './load.ts';
import { cpuMicroseconds, untilIdle, type Server } from './machine.ts';
import type { Users, Workload } from './workloads.ts';

/**
 * The load of one workload.
 *
 * @param seconds for a workload that is not measured longer than others
 */
export function jobOf(
  { url }: Server,
  workload: Workload,
  users: Users,
  connections: number,
  seconds: number,
): LoadJob {
  return {
    url,
    connections,
    seconds: seconds * (workload.timesLonger ?? 1),
    requests: workload.requests(users, connections),
    isChained: workload.isChained ?? false,
    ...(workload.requestsEach ? { amount: workload.requestsEach * connections } : {}),
  };
}

/** Brings the service into the state in which the workload is measured. */
export async function begin(
  load: LoadGenerator,
  { hasBegun }: Workload,
  job: LoadJob,
): Promise<void> {
  if (hasBegun) await load.run({ ...job, amount: job.requests.length });
}

/** Runs a job and waits until the server is idle again; `cpuUs` is the server's CPU time of one request, in µs. */
export async function runMeasured(
  load: LoadGenerator,
  { pid }: Server,
  job: LoadJob,
): Promise<LoadResult & { readonly cpuUs: number }> {
  const before = cpuMicroseconds(pid);
  const result = await load.run(job);
  // Before the wait, in which the service may renew what it has cached.
  const cpuUs = (cpuMicroseconds(pid) - before) / result.requests;
  await untilIdle(pid);
  return { ...result, cpuUs };
}
