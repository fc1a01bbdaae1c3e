import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { OperatorError } from './operator-error.js';

/**
 * The instance of a class that a product names in an option of `GatehouseModule.forRoot()`: the one that a module of
 * the product provides, else a new one. Throws `OperatorError` when its dependencies are unknown, or a method is missing.
 * @param option the name of the option, for messages
 * @param method a method that the class must have
 */
export async function providedInstance<T extends object>(
  modules: ModuleRef,
  type: Type<T>,
  option: string,
  method: keyof T & string,
): Promise<T> {
  const instance = find(modules, type) ?? (await create(modules, type, option));
  if (typeof instance[method] === 'function') return instance;
  throw new OperatorError(
    `${type.name} of GatehouseModule.forRoot({ ${option} }) has no method ${method}().`,
  );
}

function find<T>(modules: ModuleRef, type: Type<T>): T | undefined {
  try {
    return modules.get(type, { strict: false });
  } catch {
    return undefined;
  }
}

async function create<T>(modules: ModuleRef, type: Type<T>, option: string): Promise<T> {
  try {
    return await modules.create(type);
  } catch (cause) {
    throw new OperatorError(
      `${type.name} of GatehouseModule.forRoot({ ${option} }) cannot be made here. Add it to the providers of the module that has what it injects.`,
      { cause },
    );
  }
}
