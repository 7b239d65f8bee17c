import Sequencer from '@jest/test-sequencer';

/** Files that take half a minute or more. Started last, one of them would run while all other workers are idle. */
const SLOW =
  /\/test\/(embedding\/|outbox\/|audit\/(seal|verify)|docs\/swagger-ui|faults\/(database-down|durability)|database\/(cut-off|host-entities|killed|typeorm|upgrade)|auth\/rotating-pair|races\/(actors|api-keys|members)|speed\/)/;

/** Starts slow files first. Jest's own order needs the times of earlier runs, which a fresh machine lacks. */
// oxlint-disable-next-line import/no-default-export -- Jest requires the default export
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isSlow = ({ path }) => SLOW.test(path.replaceAll('\\', '/'));
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
