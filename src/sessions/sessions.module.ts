import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KnownDevicesService } from './known-devices.service.js';
import { Session } from './session.entity.js';
import { SessionPurgeService } from './session-purge.service.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Session])],
  providers: [SessionsService, SessionPurgeService, KnownDevicesService],
  exports: [SessionsService, SessionPurgeService, KnownDevicesService],
})
export class SessionsModule {}
