import { Module, type DynamicModule } from '@nestjs/common';
import { DevOutboxController } from './dev-outbox.controller.js';
import { KeptLetters } from './kept-letters.js';

/** The outbox of development. Nothing imports it in production, so that its routes do not exist there. */
@Module({})
export class DevOutboxModule {
  static register(letters: KeptLetters): DynamicModule {
    return {
      module: DevOutboxModule,
      controllers: [DevOutboxController],
      providers: [{ provide: KeptLetters, useValue: letters }],
    };
  }
}
