import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';

@Module({
  providers: [Clock, AccountsRepository, AccountsService],
  exports: [AccountsService],
})
export class AccountsModule {}
