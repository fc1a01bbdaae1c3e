import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import { STATED_IN } from './access.decorators.js';
import { type Access, accessOf } from './access.js';
import { adminSectionsOf, isAdminEntry, permissionsOfSections } from './admin-section.decorator.js';

/** One registered handler and what it asks of its caller. */
export interface Route {
  method: string;
  path: string;
  /** Class and method: `ArticlesController_list`. */
  handler: string;
  access: Access;
  /** Tells the file and line of its own decision, or of its controller's. */
  statedIn: () => string | undefined;
  /** Returns what a decorator keeps under a metadata key: that of the handler, or else of its controller. */
  stated: (key: string) => unknown;
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
  const opening = permissionsOfSections(adminSectionsOf(controllers));
  return methodsOf(controllers)
    .flatMap(({ className, name, type, handler }) => {
      const verb = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (verb === undefined) return [];
      return pathsOf(type, handler).map((path) => ({
        method: RequestMethod[verb],
        path,
        handler: `${className}_${name}`,
        access: isAdminEntry(handler)
          ? { ...accessOf(type, handler), anyPermission: [opening] }
          : accessOf(type, handler),
        statedIn: () => statedIn(handler) ?? statedIn(type),
        stated: (key: string) =>
          Reflect.getMetadata(key, Reflect.hasMetadata(key, handler) ? handler : type) as unknown,
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

/** Where an access decorator was written on a handler or a controller. */
export function statedIn(target: object): string | undefined {
  const place = Reflect.getMetadata(STATED_IN, target) as (() => string | undefined) | undefined;
  return place?.();
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
