import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Declarations } from '../common/declarations.js';
import { ApiTagsOption, describedTags } from '../openapi/api-tags.js';
import { controllersOf, createOpenApiDocument } from '../openapi/openapi-document.js';
import { CustomPasswordRules } from '../passwords/custom-password-rules.js';
import { Brand } from '../platform/brand/brand.js';
import { AppConfig } from '../platform/config/app-config.js';
import { serveSwaggerUi } from './swagger-ui.js';

/** The OpenAPI document of a running application. */
export function openApiDocumentOf(app: NestFastifyApplication): OpenAPIObject {
  return createOpenApiDocument(app, {
    config: app.get(AppConfig, { strict: false }),
    root: app.get(Declarations, { strict: false }).root,
    passwordHints: app.get(CustomPasswordRules, { strict: false }).hints,
  });
}

/** Serves Swagger UI at `/docs` and the OpenAPI document at `/docs/openapi.json`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  // The document is made when it is asked for, which is too late for these.
  describedTags(app.get(ApiTagsOption, { strict: false }), controllersOf(app));
  SwaggerModule.setup('docs', app, () => openApiDocumentOf(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    ui: false,
  });
  serveSwaggerUi(app.getHttpAdapter().getInstance(), app.get(Brand, { strict: false }).name);
}
