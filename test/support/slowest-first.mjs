import Sequencer from '@jest/test-sequencer';

/** Files that take about a minute or more. Started last, one of them would run while all other workers are idle. */
const SLOW = /\/test\/(embedding\/|docs\/|faults\/database-down|database\/killed-migrations)/;

/** Starts slow files first. Jest's own order needs the times of earlier runs, which a fresh machine lacks. */
// oxlint-disable-next-line import/no-default-export -- Jest requires the default export
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isSlow = ({ path }) => SLOW.test(path.replaceAll('\\', '/'));
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
