import { Injectable } from '@nestjs/common';
import { SharedStore } from '../throttling/shared-store.js';
import { Probe } from './probe.js';

/** Asks the store of the counters. */
@Injectable()
export class StoreProbe extends Probe {
  constructor(store: SharedStore) {
    super(() => store.ping());
  }
}
