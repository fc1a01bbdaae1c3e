/**
 * The public door: every name that a product may use. What is not here may change with any version.
 * @packageDocumentation
 */

// Running an application.
export { GatehouseModule, type GatehouseOptions } from './gatehouse.module.js';
export { start } from './server/start.js';
export { runCli } from './server/run-cli.js';

// Who may call a route.
export {
  Public,
  type PublicOptions,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
} from './access/access.decorators.js';
export { definePermissions } from './access/define-permissions.js';

// What a route takes.
export { BodyLimit, type BodySize } from './http/body-limit.decorator.js';
