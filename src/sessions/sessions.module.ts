import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { UsersModule } from '../users/users.module.js';
import { Session } from './session.entity.js';
import { SessionPurgeService } from './session-purge.service.js';
import { SessionRotation } from './session-rotation.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Session], DATA_SOURCE), UsersModule],
  providers: [SessionsService, SessionPurgeService, SessionRotation],
  exports: [SessionsService, SessionPurgeService, SessionRotation],
})
export class SessionsModule {}
