import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { accessOf } from '../access/access.js';
import { AppError } from './app-error.js';
import { unknownField } from './validation-findings.js';

const API = /^\/api(?:$|\/)/;

/**
 * Refuses parameters of the query that an operation of the API does not take: 422 `unknown_field`. A filter with a
 * misspelt name must not return everything. A DTO of the whole query refuses them itself. Registered globally.
 */
@Injectable()
export class KnownQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!request.url.includes('?') || !API.test(request.routeOptions.url ?? '')) return true;
    if (accessOf(context.getClass(), context.getHandler()).isUnguarded) return true;
    const known = queryOf(context.getClass(), context.getHandler().name);
    if (known.includes(undefined)) return true;
    const unknown = Object.keys(request.query as object).filter((name) => !known.includes(name));
    if (unknown.length > 0) throw AppError.validation(unknown.map(unknownField));
    return true;
  }
}

/** The parameters of the query that a handler takes; undefined among them stands for all, in a DTO. */
function queryOf(controller: object, handler: string): (string | undefined)[] {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as
    Record<string, { data?: string }> | undefined;
  return Object.entries(parameters ?? {})
    .filter(([key]) => key.startsWith(`${RouteParamtypes.QUERY}:`))
    .map(([, { data }]) => data);
}
