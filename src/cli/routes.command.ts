import { Inject, Logger } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { Command, CommandRunner } from 'nest-commander';
import { routesOf } from '../common/routes.js';
import { whoMay } from '../common/access.js';
import { AppConfig } from '../config/app-config.js';

/** Imports the application's root module, whose routes are listed. */
export type ImportApplication = () => Promise<{ forRoot(config: AppConfig): object }>;

export const IMPORT_APPLICATION = Symbol('import the application');

@Command({
  name: 'routes',
  description: 'Print who may call which route, as a Markdown table (docs/access.md is this table)',
})
export class RoutesCommand extends CommandRunner {
  constructor(
    @Inject(IMPORT_APPLICATION) private readonly importApplication: ImportApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(): Promise<void> {
    // TypeORM warns of a second data source; in a preview there are no instances, so nothing connects.
    Logger.overrideLogger(false);
    const application = await this.importApplication();
    const preview = await NestFactory.createApplicationContext(application.forRoot(this.config), {
      preview: true,
      logger: false,
      abortOnError: false,
    });
    const controllers = [...preview.get(ModulesContainer).values()].flatMap((module) => [
      ...module.controllers.values(),
    ]);
    const rows = routesOf(controllers).map(
      ({ method, path, access }) => `| ${method} | \`${path}\` | ${whoMay(access)} |`,
    );
    console.log(['| method | path | who |', '| --- | --- | --- |', ...rows].join('\n'));
  }
}
