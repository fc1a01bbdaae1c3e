import { type DynamicModule, Module } from '@nestjs/common';
import { AppConfig } from './app-config.js';
import { RunMode } from './run-mode.js';

/** Makes `AppConfig` and `RunMode` injectable everywhere. */
@Module({})
export class ConfigModule {
  static forRoot(config: AppConfig, mode: RunMode): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: RunMode, useValue: mode },
      ],
      exports: [AppConfig, RunMode],
    };
  }
}
