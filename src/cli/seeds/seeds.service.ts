import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DeclarationError } from '../../common/declaration-error.js';
import { Declarations, type Defined } from '../../common/declarations.js';
import { OperatorError } from '../../common/operator-error.js';
import { OPERATOR } from '../../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { SEED_DEFINITIONS, type SeedContext, type SeedDefinition } from './define-seed.js';
import { SeedAccountsService } from './seed-accounts.service.js';

export type DeclaredSeed = Defined<SeedDefinition>;

const NAME = /^[a-z][a-z0-9]*([:_-][a-z0-9]+)*$/;

/** The seeds of a product. Their files are imported for `seed` alone: in production they may not even be there. */
@Injectable()
export class SeedsService {
  constructor(
    private readonly declarations: Declarations,
    private readonly dataSource: GatehouseDataSource,
    private readonly modules: ModuleRef,
    private readonly accounts: SeedAccountsService,
  ) {}

  /**
   * All seeds in the order of their files, or those of some names in that order. Throws `OperatorError` when one is
   * missing, and `DeclarationError` for a seed that could not be called.
   */
  async find(names: readonly string[]): Promise<DeclaredSeed[]> {
    const seeds = await this.declarations.definitionsOf('seed', SEED_DEFINITIONS);
    const files = new Map<string, string>();
    for (const { definition, file } of seeds) {
      const fault = faultOf(definition.name, files.get(definition.name));
      if (fault !== undefined) throw new DeclarationError(file, fault);
      files.set(definition.name, file);
    }
    if (seeds.length === 0) {
      throw new OperatorError(
        `There are no seeds. Write one in a file such as src/people.seed.ts: export const PEOPLE = defineSeed('people', async ({ addAccounts }) => { … });`,
      );
    }
    const missing = names.find((name) => !files.has(name));
    if (missing !== undefined) {
      throw new OperatorError(
        `There is no seed "${missing}". There are: ${[...files.keys()].join(', ')}.`,
      );
    }
    if (names.length === 0) return seeds;
    return names.map((name) => seeds.find(({ definition }) => definition.name === name)!);
  }

  /** Runs a seed, and returns what it says that it did. */
  async run({ definition: seed }: DeclaredSeed): Promise<string | void> {
    const context: Pick<SeedContext, 'actor' | 'get'> = {
      actor: OPERATOR,
      get: (type) => this.modules.get(type, { strict: false }),
    };
    if (!seed.inTransaction) {
      return seed.run({
        ...context,
        addAccounts: (accounts, { password } = {}) =>
          this.dataSource.transaction((tx) => this.accounts.add(tx, accounts, password)),
      });
    }
    return this.dataSource.transaction((tx) =>
      seed.run({
        ...context,
        tx,
        addAccounts: (accounts, { password } = {}) => this.accounts.add(tx, accounts, password),
      }),
    );
  }
}

function faultOf(name: string, otherFile?: string): string | undefined {
  if (!NAME.test(name)) {
    return `"${name}" is no name of a seed; write it in lower case, such as people.`;
  }
  return otherFile === undefined
    ? undefined
    : `the seed "${name}" is also defined in ${otherFile}.`;
}
