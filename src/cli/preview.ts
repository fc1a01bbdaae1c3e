import { type DynamicModule, Logger } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { Declarations } from '../common/declarations.js';
import type { AppConfig } from '../platform/config/app-config.js';
import type { Registrations } from '../permissions/access-problems.js';

/** An application that a command works with, and what it declares in files. */
export interface LoadedApplication {
  application: DynamicModule;
  declarations: Declarations;
}

/** Imports the application. */
export type LoadApplication = (config: AppConfig) => Promise<LoadedApplication>;

/** Reads the configuration. Throws `ConfigError`. */
export type LoadConfiguration = () => Promise<AppConfig>;

export const LOAD_CONFIGURATION = Symbol('load the configuration');
export const LOAD_APPLICATION = Symbol('load the application');

/** What the application registers, without starting it: nothing is made, and nothing connects. */
export async function previewOf(application: DynamicModule): Promise<Registrations> {
  // TypeORM warns of a second data source, which in a preview is none.
  Logger.overrideLogger(false);
  const preview = await NestFactory.createApplicationContext(application, {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  const modules = [...preview.get(ModulesContainer).values()];
  return {
    controllers: modules.flatMap((module) => [...module.controllers.values()]),
    providers: modules.flatMap((module) => [...module.providers.values()]),
  };
}
