import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { OperatorError } from '../common/operator-error.js';
import { RunMode } from '../platform/config/run-mode.js';
import { type Route, routesOf } from '../access/routes.js';
import { accessProblems } from '../permissions/access-problems.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';

/** Decisions about access that cannot be meant. Each problem names class and handler. */
export class AccessError extends OperatorError {
  constructor(readonly problems: string[]) {
    super(['Gatehouse cannot start with these access rules:', ...problems].join('\n  - '));
  }
}

/**
 * Who may call which route. When the server starts it proves that the decisions make sense, for
 * every handler of every registered controller, and throws `AccessError` if one does not.
 */
@Injectable()
export class AccessTable implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly catalogue: PermissionCatalogue,
    private readonly dataSource: GatehouseDataSource,
    private readonly mode: RunMode,
  ) {}

  /** Sorted by path and method. */
  get routes(): Route[] {
    return routesOf(this.discovery.getControllers());
  }

  async onApplicationBootstrap(): Promise<void> {
    // A command serves no route, and may be what puts the database right.
    if (this.mode.role !== 'server') return;
    const rows = await this.dataSource.query<{ name: string }[]>('SELECT name FROM roles');
    const registrations = {
      controllers: this.discovery.getControllers(),
      providers: this.discovery.getProviders(),
    };
    const roles = new Set(rows.map(({ name }) => name));
    const problems = accessProblems(registrations, this.catalogue, roles);
    if (problems.length > 0) throw new AccessError(problems);
  }
}
