import { describeOtherPairs, describeTargets } from '../support/targets.js';
import { describeShop } from './shop.js';

describeShop({ version: 11, type: 'commonjs' }, (title, define) => {
  describeOtherPairs(title, define);
  describeTargets(title, define, { databases: ['postgres'], adapters: ['express'] });
});
