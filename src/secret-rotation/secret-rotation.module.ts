import { Module } from '@nestjs/common';
import { JobsModule } from '../platform/jobs/jobs.module.js';
import { SecretRotation } from './secret-rotation.service.js';

/** Brings what an earlier `APP_SECRET` sealed under the current one. */
@Module({ imports: [JobsModule], providers: [SecretRotation], exports: [SecretRotation] })
export class SecretRotationModule {}
