import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { AccessTable } from '../auth/access-table.js';
import { type Access, whoMay } from '../access/access.js';
import { AppConfig } from '../platform/config/app-config.js';
import { CustomPasswordRules } from '../passwords/custom-password-rules.js';
import { Brand } from '../platform/brand/brand.js';
import { problemResponses } from '../http/api-problems.decorator.js';
import type { ProblemCode } from '../http/problem-catalogue.js';

/** Of the browser in which Swagger UI runs. */
declare const window: { location: { href: string; origin: string } };

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

const BEARER = 'bearer';
const DESCRIPTION = `
Sign in with **POST /api/auth/login**, press **Authorize**, and paste the \`accessToken\`.

Every failure is \`application/problem+json\` (RFC 9457) with a stable \`code\`; invalid input lists
every finding in \`errors\`. Requests are UTF-8. Unknown fields and unknown parameters of the query are 422, a wrong method is 405 with
\`Allow\`, and a trailing slash is redirected (308). Operations without a body accept an empty one of any content type.`;

/** Failures that follow from what an operation takes, whoever wrote it. */
const WITH_BODY: ProblemCode[] = [
  'malformed_request',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
];
const GUARDED: ProblemCode[] = ['authentication_required', 'invalid_token'];

/** Serves Swagger UI at `/docs` and the OpenAPI document at `/docs/openapi.json`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    customSiteTitle: `${app.get(Brand, { strict: false }).name} API`,
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      requestInterceptor: askWhereTheyCameFrom,
    },
  });
}

/**
 * Runs in the browser. The document names `PUBLIC_URL`, and browsers keep a page of another origin, such as 127.0.0.1
 * instead of localhost, from asking it.
 */
function askWhereTheyCameFrom(request: { url: string }): object {
  const { pathname, search } = new URL(request.url, window.location.href);
  return Object.assign(request, { url: window.location.origin + pathname + search });
}

/** The OpenAPI document of everything the application serves. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(app.get(Brand, { strict: false }).name)
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(app.get(AppConfig).publicUrl)
    .addTag('Authentication', 'Open an account, sign in, refresh, sign out')
    .addTag('Account', 'Your own account')
    .addTag('Users', 'Other people’s accounts')
    .addTag('Roles', 'Roles, and what they grant')
    .addTag('Identity providers', 'By whom people can sign in')
    .addTag('Audit', 'What happened')
    .addTag('Keys', 'For services that verify access tokens themselves')
    .addTag('Health', 'For load balancers and orchestrators')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER)
    .build();
  const document = SwaggerModule.createDocument(app, config);
  // By address: an operation may be given another id.
  for (const { method, path, access } of app.get(AccessTable).routes) {
    const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')];
    const operation = item?.[method.toLowerCase() as 'get'] as Operation | undefined;
    if (operation) completeOperation(operation, access, path.startsWith('/api/'));
  }
  describePasswords(document, app.get(CustomPasswordRules, { strict: false }).hints);
  return document;
}

/** Adds what the product's own rules say to every new password. */
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

/** Adds who may call an operation and the failures that come with it, so that no route repeats them. */
function completeOperation(operation: Operation, access: Access, isApi: boolean): void {
  const isOptional = access.knowsCaller || operation.security !== undefined;
  const bearer = { [BEARER]: [] };
  operation.security = access.isPublic ? (isOptional ? [{}, bearer] : []) : [bearer];
  const { permissions, anyPermission, roles, recentLogin } = access;
  const isRestricted = permissions.length + anyPermission.length + roles.length > 0;
  if (permissions.length > 0) operation['x-required-permissions'] = permissions;
  if (anyPermission.length > 0) operation['x-required-any-permission'] = anyPermission;
  if (roles.length > 0) operation['x-required-roles'] = roles;
  if (recentLogin !== undefined) operation['x-required-recent-login-minutes'] = recentLogin;
  operation.description = [operation.description, `**Who:** ${whoMay(access)}.`]
    .filter(Boolean)
    .join('\n\n');
  operation.responses = {
    ...problemResponses([
      ...(access.isPublic ? [] : GUARDED),
      ...(access.knowsCaller ? (['invalid_token'] as const) : []),
      ...(isRestricted ? (['permission_denied'] as const) : []),
      ...(recentLogin === undefined ? [] : (['recent_login_required'] as const)),
      ...(isApi && !operation.requestBody ? (['validation_failed'] as const) : []),
      ...(operation.requestBody ? WITH_BODY : []),
    ]),
    ...operation.responses,
  };
}
