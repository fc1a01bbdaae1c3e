import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { routesOf } from '../access/routes.js';
import { ADMIN_ROLE, PermissionCatalogue } from './permission-catalogue.js';

/** The roles that the application itself relies on: `admin`, those that `@Roles()` names, and those that it declares. */
@Injectable()
export class ReliedOnRoles {
  private names: ReadonlySet<string> | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  has(role: string): boolean {
    this.names ??= new Set([
      ADMIN_ROLE,
      ...this.catalogue.roles.keys(),
      ...routesOf(this.discovery.getControllers()).flatMap(({ access }) => access.roles.flat()),
    ]);
    return this.names.has(role);
  }
}
