import { describeTargets } from '../support/targets.js';
import { describeShop } from './shop.js';

describeShop({ version: 12, type: 'module' }, describeTargets);
