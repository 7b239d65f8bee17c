// The load generator: a separate process, so that it takes no CPU time from the measured server.
import autocannon from 'autocannon';
import { isPinned } from './machine.ts';
import type { LoadJob, LoadRequest, LoadResult } from './load.ts';

/** How often autocannon checks whether it is done, which counts as time; a second by default. */
const END_LOOK_MS = 10;

let isBusy = false;
/** Polls between answers and does not sleep: otherwise the server would spend time on waking this core. */
function stayAwake(): void {
  if (isBusy) setImmediate(stayAwake);
}

process.on('message', (job: LoadJob) => {
  isBusy = isPinned;
  stayAwake();
  run(job)
    .finally(() => (isBusy = false))
    .then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
});

async function run(job: LoadJob): Promise<LoadResult> {
  const { url, connections, seconds, requests } = job;
  let next = 0;
  const share = () => {
    const own = requests.filter((_, index) => index % connections === next % connections);
    next++;
    return own.length > 0 ? own : requests;
  };
  const result = await autocannon({
    url,
    connections,
    sampleInt: END_LOOK_MS,
    ...(job.amount === undefined ? { duration: seconds } : { amount: job.amount }),
    ...(job.ratePerSecond === undefined ? {} : { overallRate: job.ratePerSecond }),
    setupClient: (client) => {
      const own = share();
      client.setRequests(job.isChained ? [chained(own[0] as LoadRequest)] : [...own]);
    },
  });
  const { errors, timeouts, non2xx, latency } = result;
  return {
    requests: result['2xx'],
    seconds: result.duration,
    failures: errors + timeouts + non2xx,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
  };
}

/** Each answer contains the refresh token for the next request. */
function chained(first: LoadRequest): autocannon.Request {
  let { body } = first;
  return {
    ...first,
    setupRequest: (request) => ({ ...request, body: body ?? '' }),
    onResponse: (status, text) => {
      if (status !== 200) return;
      const { refresh_token: token } = JSON.parse(text) as { refresh_token: string };
      body = JSON.stringify({ refresh_token: token });
    },
  };
}
