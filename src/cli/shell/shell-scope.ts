import type { INestApplicationContext } from '@nestjs/common';
import { ReplContext } from '@nestjs/core/repl/repl-context.js';
import type { EntityManager } from 'typeorm';
import { OPERATOR } from '../../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';

/**
 * Adds the names of a shell to the globals of this process: those of Nest's REPL (`get`, `resolve`, `methods`, `help`
 * and every provider), the entities, and `app`, `dataSource`, `tx` and `actor`. They are globals because values of a
 * context of its own, such as a `Date`, are no values of a class that the application knows.
 */
export function addShellNames(app: INestApplicationContext): void {
  const dataSource = app.get(GatehouseDataSource);
  const entities = dataSource.entityMetadatas
    .map(({ target }) => target)
    .filter((target) => typeof target === 'function');
  const names = {
    ...new ReplContext(app).globalScope,
    ...Object.fromEntries(entities.map((entity) => [entity.name, entity])),
    app,
    dataSource,
    /** Runs work in a transaction: `await tx((tx) => get(UsersService).…(tx, …))`. */
    tx: <Result>(work: (tx: EntityManager) => Promise<Result>) => dataSource.transaction(work),
    /** The operator, for services that record in the audit trail. */
    actor: OPERATOR,
  };
  for (const [name, value] of Object.entries(names)) {
    // What Node or the application itself works with stays.
    if (name in globalThis && !added.has(name)) continue;
    added.add(name);
    // A script may declare a variable of that name.
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}

const added = new Set<string>();
