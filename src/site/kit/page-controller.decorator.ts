import { applyDecorators, Controller, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { markAsPages } from '../../access/page-route.js';
import { PageInterceptor, type PageResult } from './page.interceptor.js';

/** Every public method of a page controller is a handler, and returns what it shows. */
type ReturningPages<T> = {
  [Handler in keyof T]: (...args: never[]) => PageResult | Promise<PageResult>;
};

/**
 * A controller of pages: closed unless `@Public()`, as all are. A visitor without a session is sent to the login page
 * and back. A visitor without a permission or role that `@RequirePermissions()`, `@Roles()` and the like ask for gets
 * a 403 page, never a redirect. A handler that forgets to return its page does not compile.
 * @example
 * ```tsx
 * @PageController('notes')
 * export class NotesController {
 *   @Get()
 *   list(@CurrentPage() page: PageContext): PageAnswer {
 *     return page.show('Notes', <p>None yet.</p>);
 *   }
 * }
 * ```
 */
export const PageController =
  (prefix = '') =>
  <T extends ReturningPages<T>>(controller: new (...args: never[]) => T): void =>
    applyDecorators(
      Controller(prefix),
      ApiExcludeController(),
      UseInterceptors(new PageInterceptor()),
      markAsPages,
    )(controller);
