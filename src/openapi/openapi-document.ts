import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { routesOf } from '../access/routes.js';
import { versionOfProduct } from '../common/product-files.js';
import { VERSION } from '../common/version.js';
import { Brand, BrandOptions } from '../platform/brand/brand.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { ApiTagsOption, describedTags } from './api-tags.js';
import { BEARER, completeOperation, type Operation } from './describe-operation.js';

const DESCRIPTION = `
In Swagger UI, sign in at the top of the page. Elsewhere, sign in with **POST /api/auth/login**, and send the \`accessToken\` of
the answer as \`Authorization: Bearer …\`.

Every failure is \`application/problem+json\` (RFC 9457) with a stable \`code\`; invalid input lists
every finding in \`errors\`. Requests are UTF-8. Unknown fields and unknown parameters of the query are 422, a wrong method is 405 with
\`Allow\`, and a trailing slash is redirected (308). Operations without a body accept an empty one of any content type.`;

/** What the document says that the modules of an application do not. */
export interface DocumentFacts {
  config: Pick<AppConfig, 'appName' | 'publicUrl'>;
  /** The folder of the compiled root module of the product; undefined: there is no product. */
  root: string | undefined;
  /** What the product's own rules say to every new password. */
  passwordHints: readonly string[];
}

/**
 * The OpenAPI document of everything an application serves, which need not be initialised. Throws `OperatorError` for
 * tags that cannot be described.
 */
export function createOpenApiDocument(
  app: INestApplication,
  { config, root, passwordHints }: DocumentFacts,
): OpenAPIObject {
  const controllers = controllersOf(app);
  const builder = new DocumentBuilder()
    .setTitle(Brand.nameOf(app.get(BrandOptions, { strict: false }), config))
    .setDescription(DESCRIPTION)
    .setVersion((root === undefined ? undefined : versionOfProduct(root)) ?? VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(config.publicUrl)
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'The `accessToken` of a sign-in.',
      },
      BEARER,
    );
  const tags = describedTags(app.get(ApiTagsOption, { strict: false }), controllers);
  for (const [tag, description] of Object.entries(tags)) builder.addTag(tag, description);
  const document = SwaggerModule.createDocument(app, builder.build());
  // By address: an operation may be given another id.
  for (const { method, path, access } of routesOf(controllers)) {
    const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')];
    const operation = item?.[method.toLowerCase() as 'get'] as Operation | undefined;
    if (operation) completeOperation(operation, access, path.startsWith('/api/'));
  }
  describePasswords(document, passwordHints);
  return document;
}

/** The controllers of an application. */
export function controllersOf(app: INestApplication): { metatype: unknown }[] {
  const modules = [...app.get(ModulesContainer).values()];
  return modules.flatMap((module) => [...module.controllers.values()]);
}

function describePasswords({ components }: OpenAPIObject, hints: readonly string[]): void {
  for (const schema of Object.values(components?.schemas ?? {})) {
    for (const property of Object.values(('properties' in schema && schema.properties) || {})) {
      if (!('format' in property) || property.format !== 'password') continue;
      // The present password may be of any length.
      const isNew = (property.minLength ?? 0) > 1;
      if (isNew) property.description = [property.description, ...hints].join(' ');
    }
  }
}
