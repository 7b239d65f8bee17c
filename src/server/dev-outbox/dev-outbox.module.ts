import { Module, type DynamicModule } from '@nestjs/common';
import { DevOutboxController, OUTBOX_PUBLIC_URL } from './dev-outbox.controller.js';
import { KeptLetters } from './kept-letters.js';

/** The outbox of development. Nothing imports it in production, so that its routes do not exist there. */
@Module({})
export class DevOutboxModule {
  static register(letters: KeptLetters, publicUrl: string | undefined): DynamicModule {
    return {
      module: DevOutboxModule,
      controllers: [DevOutboxController],
      providers: [
        { provide: KeptLetters, useValue: letters },
        { provide: OUTBOX_PUBLIC_URL, useValue: publicUrl ?? null },
      ],
    };
  }
}
