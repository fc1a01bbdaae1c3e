import { type DynamicModule, Module } from '@nestjs/common';
import { AppConfig } from './app-config.js';
import { RunMode } from './run-mode.js';

/** What the process of an application gives it; the module of Gatehouse asks for it by this name. */
export abstract class GivenConfig {
  abstract readonly config: AppConfig;
  abstract readonly mode: RunMode;
}

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
        { provide: GivenConfig, useValue: { config, mode } },
        ...settings,
      ],
      exports: [AppConfig, RunMode, GivenConfig, ...settings.map(({ provide }) => provide)],
    };
  }
}
