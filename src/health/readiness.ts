import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this instance wants requests; not any more once its shutdown has begun (S-185). */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private isOver = false;

  get isEnding(): boolean {
    return this.isOver;
  }

  /** For good. */
  end(): void {
    this.isOver = true;
  }

  onModuleDestroy(): void {
    this.end();
  }
}
