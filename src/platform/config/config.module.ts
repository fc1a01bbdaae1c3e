import { type DynamicModule, Module } from '@nestjs/common';
import { AppConfig } from './app-config.js';
import { RunMode } from './run-mode.js';

/** Makes `AppConfig`, `RunMode` and the settings of the product injectable everywhere. */
@Module({})
export class ConfigModule {
  static forRoot(config: AppConfig, mode: RunMode): DynamicModule {
    const settings = config.settings.map((values) => ({
      provide: values.constructor,
      useValue: values,
    }));
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: RunMode, useValue: mode },
        ...settings,
      ],
      exports: [AppConfig, RunMode, ...settings.map(({ provide }) => provide)],
    };
  }
}
