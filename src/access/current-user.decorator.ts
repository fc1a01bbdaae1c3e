import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/**
 * Injects the caller's `Principal`, or one of its properties: `@CurrentUser('userId') id: string`. Undefined for a
 * visitor of a public route; `@Public({ user: 'optional' })` has the API know who is signed in.
 * @example
 * ```ts
 * @Get('mine')
 * mine(@CurrentUser() user: Principal): Promise<ArticleDto[]> { … }
 * ```
 */
export const CurrentUser = createParamDecorator(
  (property: keyof Principal | undefined, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user: Principal }>();
    return property ? request.user?.[property] : request.user;
  },
);
