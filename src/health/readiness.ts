import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this instance accepts requests: it does until its shutdown begins (S-185). */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private isOver = false;

  get isEnding(): boolean {
    return this.isOver;
  }

  end(): void {
    this.isOver = true;
  }

  onModuleDestroy(): void {
    this.end();
  }
}
