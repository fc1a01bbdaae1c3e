import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import { type Access, accessOf } from './access.js';

/** One registered handler and what it asks of its caller. */
export interface Route {
  method: string;
  path: string;
  /** Class and method: `ArticlesController_list`. */
  handler: string;
  access: Access;
}

/** A method of a class that Nest made an instance of. */
export interface Method {
  className: string;
  name: string;
  type: object;
  handler: object;
}

const scanner = new MetadataScanner();

/** The routes of these controllers, sorted by path and method. */
export function routesOf(controllers: { metatype: unknown }[]): Route[] {
  return methodsOf(controllers)
    .flatMap(({ className, name, type, handler }) => {
      const verb = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (verb === undefined) return [];
      return pathsOf(type, handler).map((path) => ({
        method: RequestMethod[verb],
        path,
        handler: `${className}_${name}`,
        access: accessOf(type, handler),
      }));
    })
    .toSorted(
      (a, b) => a.path.localeCompare(b.path, 'en') || a.method.localeCompare(b.method, 'en'),
    );
}

/** Every method of these classes, inherited ones included. */
export function methodsOf(wrappers: { metatype: unknown }[]): Method[] {
  const types = new Set(wrappers.map(({ metatype }) => metatype).filter(isClass));
  return [...types].flatMap((type) =>
    scanner.getAllMethodNames(type.prototype).map((name) => ({
      className: type.name,
      name,
      type,
      handler: type.prototype[name]!,
    })),
  );
}

function isClass(value: unknown): value is { name: string; prototype: Record<string, object> } {
  return typeof value === 'function' && typeof value.prototype === 'object';
}

function pathsOf(controller: object, handler: object): string[] {
  return statedPaths(controller).flatMap((prefix) =>
    statedPaths(handler).map((path) =>
      `/${prefix}/${path}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'),
    ),
  );
}

function statedPaths(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return path === undefined ? [''] : [path].flat();
}
