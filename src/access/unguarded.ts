import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { GUARDS_METADATA, MODULE_METADATA } from '@nestjs/common/constants.js';
import { OperatorError } from '../common/operator-error.js';
import { ACCESS } from './access.decorators.js';

const UNGUARDED = 'gatehouse:unguarded';
const GUARD = 'gatehouse:guard';

/** A class of guards that a controller may name: a route that does is guarded, whatever its module. */
export const GuardOfRoutes: ClassDecorator = (guard) => Reflect.defineMetadata(GUARD, true, guard);

/**
 * Leaves the routes of these modules to the application, which had them before Gatehouse. Throws `OperatorError` for a
 * class without controllers: a list with a wrong name in it would be believed.
 */
export function leaveUnguarded(modules: readonly Type[]): void {
  for (const module of modules) {
    const controllers = Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) as
      Type[] | undefined;
    if (!controllers?.length) {
      throw new OperatorError(
        `forRoot({ existing: { unguarded } }): ${module.name} has no controllers. Name the modules whose @Module() lists them.`,
      );
    }
    for (const controller of controllers) Reflect.defineMetadata(UNGUARDED, true, controller);
  }
}

/** Whether a route is left to the application: one that states who may call it, or names a guard, is not. */
export function isUnguarded(controller: object, handler: object): boolean {
  // Not inherited: a class that extends another is a controller of its own.
  if (Reflect.getOwnMetadata(UNGUARDED, controller) !== true) return false;
  return [controller, handler].every((target) => {
    const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as object[];
    return (
      !Object.values(ACCESS).some((key) => Reflect.hasMetadata(key, target)) &&
      !guards.some((guard) => Reflect.hasMetadata(GUARD, classOf(guard)))
    );
  });
}

function classOf(guard: object): object {
  return typeof guard === 'function' ? guard : guard.constructor;
}
