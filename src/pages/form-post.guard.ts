import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Post,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error.js';
import { AppConfig } from '../config/app-config.js';

const FORM_POST = 'gatehouse:form-post';
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

/** A handler that takes a form of one of our own pages. */
export const FormPost = (path?: string) =>
  applyDecorators(Post(path), HttpCode(200), SetMetadata(FORM_POST, true));

/**
 * Lets forms through to where they belong, and only from our own pages (ASVS 3.5.1, ATTACKS A35): a
 * browser says so in `Sec-Fetch-Site`, or else in `Origin`. Everything else is JSON: 415. Registered
 * globally. Throws `AppError` 403 `cross_site_request`.
 */
@Injectable()
export class FormPostGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!this.reflector.get<boolean>(FORM_POST, context.getHandler())) {
      if (FORM_TYPE.test(headers['content-type'] ?? '')) {
        throw new AppError('unsupported_media_type');
      }
      return true;
    }
    const site = headers['sec-fetch-site'];
    const isOurs =
      site === undefined ? headers.origin === this.config.publicUrl : site === 'same-origin';
    if (!isOurs) throw new AppError('cross_site_request');
    return true;
  }
}
