import { describeOtherPairs } from '../support/targets.js';
import { describeShop } from './shop.js';

describeShop({ version: 11, type: 'commonjs' }, describeOtherPairs);
