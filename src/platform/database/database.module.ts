import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Declarations } from '../../common/declarations.js';
import { AppConfig } from '../config/app-config.js';
import { RunMode } from '../config/run-mode.js';
import { openDatabase } from './open-database.js';

interface Given {
  config: AppConfig;
  declarations: Declarations;
  mode: RunMode;
}

/** Connects TypeORM to the configured or the embedded PostgreSQL and brings the schema up to date. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [AppConfig, Declarations, RunMode],
      useFactory: (config: AppConfig, declarations: Declarations, mode: RunMode) => ({
        type: 'postgres' as const,
        config,
        declarations,
        mode,
        // `openDatabase` knows which failures pass.
        toRetry: () => false,
      }),
      dataSourceFactory: async (given) => {
        const { config, declarations, mode } = given as unknown as Given;
        return openDatabase(config, declarations, {
          exclusive: mode.role === 'server',
          schema: mode.schema ?? (config.migrateOnStart ? 'migrate' : 'check'),
        });
      },
    }),
  ],
})
export class DatabaseModule {}
