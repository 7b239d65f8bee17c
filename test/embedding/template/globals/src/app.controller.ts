import { Controller, Get } from '@nestjs/common';
import { AppService } from './app.service';
import { HostPublic } from './globals';

@Controller()
@HostPublic()
export class AppController {
  constructor(private readonly appService: AppService) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }
}
