import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { problemResponses } from './common/api-problems.decorator.js';
import type { ProblemCode } from './common/problem-catalogue.js';
import { PUBLIC_EXTENSION } from './common/public.decorator.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
const BEARER = 'bearer';
const DESCRIPTION = `
Sign in with **POST /api/auth/login**, press **Authorize**, and paste the \`accessToken\`.

Every failure is \`application/problem+json\` (RFC 9457) with a stable \`code\`; invalid input lists
every finding in \`errors\`.`;

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
    customSiteTitle: 'Gatehouse API',
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    swaggerOptions: { displayRequestDuration: true, tryItOutEnabled: true },
  });
}

/** The OpenAPI document of everything the application serves. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Gatehouse')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addTag('Authentication', 'Open an account, sign in, refresh, sign out')
    .addTag('Account', 'Your own account')
    .addTag('Keys', 'For services that verify access tokens themselves')
    .addTag('Health', 'For load balancers and orchestrators')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER)
    .build();
  const document = SwaggerModule.createDocument(app, config);
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      if (path[method]) completeOperation(path[method] as Operation);
    }
  }
  return document;
}

/** Adds who may call an operation and the failures that come with it, so that no route repeats them. */
function completeOperation(operation: Operation): void {
  const isPublic = operation[PUBLIC_EXTENSION] === true;
  delete operation[PUBLIC_EXTENSION];
  operation.security = isPublic ? [] : [{ [BEARER]: [] }];
  const codes = [...(isPublic ? [] : GUARDED), ...(operation.requestBody ? WITH_BODY : [])];
  operation.responses = { ...problemResponses(codes), ...operation.responses };
}
