import { Injectable } from '@nestjs/common';

/** The one source of time: milliseconds since the Unix epoch, UTC. A host or test may replace it. */
@Injectable()
export class Clock {
  now(): number {
    return Date.now();
  }
}
