import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { routesOf } from '../access/routes.js';
import { ADMIN_ROLE } from './permission-synchronizer.js';

/** The roles that the application itself relies on: `admin`, and those that `@Roles()` names. */
@Injectable()
export class ReliedOnRoles {
  private names: ReadonlySet<string> | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  has(role: string): boolean {
    this.names ??= new Set([
      ADMIN_ROLE,
      ...routesOf(this.discovery.getControllers()).flatMap(({ access }) => access.roles.flat()),
    ]);
    return this.names.has(role);
  }
}
