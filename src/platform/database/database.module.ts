import { Global, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { Declarations } from '../../common/declarations.js';
import { AppConfig } from '../config/app-config.js';
import { RunMode } from '../config/run-mode.js';
import { DATA_SOURCE, GatehouseDataSource } from './data-source.js';
import { openDatabase } from './open-database.js';

interface Given {
  config: AppConfig;
  declarations: Declarations;
  mode: RunMode;
}

/** Connects TypeORM to the configured or the embedded PostgreSQL and brings the schema up to date. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      name: DATA_SOURCE,
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
  providers: [{ provide: GatehouseDataSource, useExisting: getDataSourceToken(DATA_SOURCE) }],
  exports: [GatehouseDataSource],
})
export class DatabaseModule {}
