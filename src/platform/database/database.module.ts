import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '../config/app-config.js';
import { type OpenOptions, openDatabase } from './open-database.js';

/** Connects TypeORM to the configured or the embedded PostgreSQL and brings the schema up to date. */
@Module({})
export class DatabaseModule {
  /** Without `schema`, `MIGRATE_ON_START` decides. */
  static forRoot(options: Pick<OpenOptions, 'exclusive'> & Partial<OpenOptions>): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [AppConfig],
          useFactory: (config: AppConfig) => ({
            type: 'postgres' as const,
            config,
            // `openDatabase` knows which failures pass.
            toRetry: () => false,
          }),
          dataSourceFactory: async (given) => {
            const { config } = given as unknown as { config: AppConfig };
            const schema = config.migrateOnStart ? 'migrate' : 'check';
            return openDatabase(config, { schema, ...options });
          },
        }),
      ],
    };
  }
}
