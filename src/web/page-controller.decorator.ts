import { applyDecorators, Controller } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { markAsPages } from '../common/page-route.js';

/**
 * A controller of pages: closed unless `@Public()`, as all are. Who is not signed in is sent to the login
 * page and back; who lacks a permission or role that `@RequirePermissions()`, `@Roles()` and the like
 * ask for gets a 403 page, never a redirect.
 */
export const PageController = (prefix = ''): ClassDecorator =>
  applyDecorators(Controller(prefix), ApiExcludeController(), markAsPages);
