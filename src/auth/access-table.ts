import { Injectable, type OnApplicationBootstrap, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ACCESS } from '../common/access.decorators.js';
import { type Access, accessOf } from '../common/access.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';

/** One registered handler and what it asks of its caller. */
export interface Route {
  method: string;
  path: string;
  /** As Swagger names it: `ArticlesController_list`. */
  operationId: string;
  access: Access;
}

type Prototype = Record<string, object>;

/** A decision about access that cannot be meant. The message names class and handler. */
export class AccessError extends Error {
  constructor(readonly problems: string[]) {
    super(['Gatehouse cannot start with these access rules:', ...problems].join('\n  - '));
    this.name = 'AccessError';
  }
}

/**
 * Who may call which route: every handler of every registered controller. When the application
 * starts it proves that the decisions make sense, and throws `AccessError` if one does not.
 */
@Injectable()
export class AccessTable implements OnApplicationBootstrap {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly catalogue: PermissionCatalogue,
    private readonly dataSource: DataSource,
  ) {}

  /** Sorted by path and method. */
  get routes(): Route[] {
    return this.handlers(this.discovery.getControllers())
      .flatMap(({ type, prototype, name }) => {
        const handler = prototype[name]!;
        const verb = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (verb === undefined) return [];
        return pathsOf(type, handler).map((path) => ({
          method: RequestMethod[verb],
          path,
          operationId: `${type.name}_${name}`,
          access: accessOf(type, handler),
        }));
      })
      .toSorted(
        (a, b) => a.path.localeCompare(b.path, 'en') || a.method.localeCompare(b.method, 'en'),
      );
  }

  async onApplicationBootstrap(): Promise<void> {
    const rows = await this.dataSource.query<{ name: string }[]>('SELECT name FROM roles');
    const roles = new Set(rows.map(({ name }) => name));
    const problems = [
      ...this.routes.flatMap(({ operationId, access }) =>
        this.problemsOf(access, roles).map((problem) => `${operationId}: ${problem}`),
      ),
      ...this.strayDecorators(),
    ];
    if (problems.length > 0) throw new AccessError(problems);
  }

  private problemsOf(access: Access, knownRoles: ReadonlySet<string>): string[] {
    const { isPublic, roles, permissions, anyPermission, recentLogin } = access;
    const demands = roles.length + permissions.length + anyPermission.length;
    const unknownPermissions = [...permissions, ...anyPermission.flat()].filter(
      (codename) => !this.catalogue.has(codename),
    );
    const unknownRoles = roles.flat().filter((role) => !knownRoles.has(role));
    return [
      ...(isPublic && (demands > 0 || recentLogin !== undefined)
        ? ['is public, and asks for something']
        : []),
      ...unknownPermissions.map(
        (codename) => `"${codename}" is no permission; define it in a *.permissions.ts file`,
      ),
      ...unknownRoles.map((role) => `"${role}" is no role; add it first`),
    ];
  }

  /** Decorators on what no request reaches would give a false sense of safety. */
  private strayDecorators(): string[] {
    const everything = [...this.discovery.getControllers(), ...this.discovery.getProviders()];
    return this.handlers(everything).flatMap(({ type, prototype, name }) => {
      const handler = prototype[name]!;
      const isRoute = Reflect.hasMetadata(METHOD_METADATA, handler);
      const isStray = Object.values(ACCESS).some((key) => Reflect.hasMetadata(key, handler));
      return isStray && !isRoute
        ? [`${type.name}.${name}: has an access decorator, but is no route`]
        : [];
    });
  }

  private handlers(wrappers: { metatype: unknown }[]) {
    const types = new Set(wrappers.map(({ metatype }) => metatype).filter(isClass));
    return [...types].flatMap((type) =>
      this.scanner
        .getAllMethodNames(type.prototype)
        .map((name) => ({ type, prototype: type.prototype as Prototype, name })),
    );
  }
}

function isClass(value: unknown): value is { name: string; prototype: object } {
  return typeof value === 'function' && typeof value.prototype === 'object';
}

function pathsOf(controller: object, handler: object): string[] {
  const stated = (target: object) => {
    const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
    return path === undefined ? [''] : [path].flat();
  };
  return stated(controller).flatMap((prefix) =>
    stated(handler).map((path) =>
      `/${prefix}/${path}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'),
    ),
  );
}
