import { Logger } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { AppConfig } from '../platform/config/app-config.js';
import type { Registrations } from '../permissions/access-problems.js';

/** Imports the application's root module. */
export type ImportApplication = () => Promise<{ forRoot(config: AppConfig): object }>;

export const IMPORT_APPLICATION = Symbol('import the application');

/** What the application registers, without starting it: nothing is made, and nothing connects. */
export async function previewOf(
  importApplication: ImportApplication,
  config: AppConfig,
): Promise<Registrations> {
  // TypeORM warns of a second data source, which in a preview is none.
  Logger.overrideLogger(false);
  const application = await importApplication();
  const preview = await NestFactory.createApplicationContext(application.forRoot(config), {
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
