import { Inject, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Command, CommandRunner } from 'nest-commander';
import { createOpenApiDocument } from '../openapi/openapi-document.js';
import { PasswordRulesOption } from '../passwords/custom-password-rule.js';
import { AppConfig } from '../platform/config/app-config.js';
import { LOAD_APPLICATION, type LoadApplication } from './preview.js';

@Command({
  name: 'openapi',
  description: 'Print the OpenAPI document as JSON, with the routes of the product',
})
export class OpenapiCommand extends CommandRunner {
  constructor(
    @Inject(LOAD_APPLICATION) private readonly loadApplication: LoadApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(): Promise<void> {
    const { application, declarations } = await this.loadApplication(this.config);
    // Nothing but JSON is printed.
    Logger.overrideLogger(false);
    const app = await NestFactory.create<NestFastifyApplication>(
      application,
      new FastifyAdapter(),
      // Nothing is made, and nothing connects.
      { preview: true, logger: false, abortOnError: false },
    );
    const { rules } = app.get(PasswordRulesOption, { strict: false });
    const document = createOpenApiDocument(app, {
      config: this.config,
      root: declarations.root,
      passwordHints: rules.flatMap(hintOf),
    });
    console.log(JSON.stringify(document, null, 2));
  }
}

/** The hint of a rule that is not made: of a class, what it says without its services. */
function hintOf(rule: PasswordRulesOption['rules'][number]): string[] {
  const { hint } = rule.prototype
    ? new (rule as new () => { hint?: string })()
    : (rule as { hint?: string });
  return hint === undefined ? [] : [hint];
}
