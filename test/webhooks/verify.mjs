// oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window
// Verifies requests with the package of Standard Webhooks, in a thread of its own: it requires an ES module, which Jest does not do.
import { parentPort } from 'node:worker_threads';
import { Webhook } from 'standardwebhooks';

parentPort.on('message', ({ number, secret, body, headers }) => {
  try {
    parentPort.postMessage({ number, event: new Webhook(secret).verify(body, headers) });
  } catch (error) {
    parentPort.postMessage({ number, fault: error.message });
  }
});
