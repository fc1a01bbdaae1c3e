import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ACCESS } from '../common/access.decorators.js';
import type { Access } from '../common/access.js';
import { OperatorError } from '../common/operator-error.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';
import { methodsOf, type Route, routesOf, statedIn } from '../common/routes.js';

/** Decisions about access that cannot be meant. Each problem names class and handler. */
export class AccessError extends OperatorError {
  constructor(readonly problems: string[]) {
    super(['Gatehouse cannot start with these access rules:', ...problems].join('\n  - '));
  }
}

/**
 * Who may call which route. When the application starts it proves that the decisions make sense, for
 * every handler of every registered controller, and throws `AccessError` if one does not.
 */
@Injectable()
export class AccessTable implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly catalogue: PermissionCatalogue,
    private readonly dataSource: DataSource,
  ) {}

  /** Sorted by path and method. */
  get routes(): Route[] {
    return routesOf(this.discovery.getControllers());
  }

  async onApplicationBootstrap(): Promise<void> {
    const rows = await this.dataSource.query<{ name: string }[]>('SELECT name FROM roles');
    const roles = new Set(rows.map(({ name }) => name));
    const contradictions = this.routes.flatMap(({ handler, access, statedIn: place }) =>
      this.problemsOf(access, roles).map((problem) => at(`${handler}: ${problem}`, place)),
    );
    const problems = [...contradictions, ...this.strayDecorators()];
    if (problems.length > 0) throw new AccessError(problems);
  }

  private problemsOf(access: Access, knownRoles: ReadonlySet<string>): string[] {
    const { isPublic, roles, permissions, anyPermission, recentLogin } = access;
    const demands = roles.length + permissions.length + anyPermission.length;
    const asksForSomething = demands > 0 || recentLogin !== undefined;
    const unknownPermissions = [...permissions, ...anyPermission.flat()].filter(
      (codename) => !this.catalogue.has(codename),
    );
    const unknownRoles = roles.flat().filter((role) => !knownRoles.has(role));
    return [
      ...(isPublic && asksForSomething ? ['is public, and asks for something'] : []),
      ...unknownPermissions.map(
        (codename) => `"${codename}" is no permission; define it in a *.permissions.ts file`,
      ),
      ...unknownRoles.map((role) => `"${role}" is no role; add it first`),
    ];
  }

  /** Decorators on what no request reaches would give a false sense of safety. */
  private strayDecorators(): string[] {
    const everything = [...this.discovery.getControllers(), ...this.discovery.getProviders()];
    return methodsOf(everything).flatMap(({ className, name, handler }) => {
      const isRoute = Reflect.hasMetadata(METHOD_METADATA, handler);
      const isDecorated = Object.values(ACCESS).some((key) => Reflect.hasMetadata(key, handler));
      return isDecorated && !isRoute
        ? [at(`${className}.${name}: has an access decorator, but is no route`, statedIn(handler))]
        : [];
    });
  }
}

function at(problem: string, place: string | undefined): string {
  return place === undefined ? problem : `${problem} (${place})`;
}
