import Sequencer from '@jest/test-sequencer';

/** Folders whose files take a minute or more. Begun last, one of them would run while all other workers are idle. */
const SLOW = /\/test\/(embedding|docs)\//;

/** Jest's own order knows the times of earlier runs, which a fresh machine has none of. */
// oxlint-disable-next-line import/no-default-export -- Jest takes the default
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isSlow = ({ path }) => SLOW.test(path.replaceAll('\\', '/'));
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
