// The rate of bcrypt alone: checks of a right password, as many at a time as there are cores.
//   node bcrypt.mjs <cost> <seconds>
import bcrypt from 'bcrypt';
import { availableParallelism } from 'node:os';

const [cost, seconds] = process.argv.slice(2).map(Number);
const password = 'a'.repeat(64);
const hash = await bcrypt.hash(password, cost);
let checks = 0;
const start = performance.now();
const check = async () => {
  while (performance.now() - start < seconds * 1000) {
    if (!(await bcrypt.compare(password, hash))) throw new Error('bcrypt says no');
    checks++;
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, check));
process.stdout.write(JSON.stringify({ perSecond: checks / ((performance.now() - start) / 1000) }));
