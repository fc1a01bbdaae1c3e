import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MigrationGenerateCommand } from 'typeorm/commands/MigrationGenerateCommand.js';
import type { Query } from 'typeorm/driver/Query.js';
import type { Declarations } from '../../common/declarations.js';
import { OperatorError } from '../../common/operator-error.js';
import type { AppConfig } from '../config/app-config.js';
import { readMigrationState } from './migration-state.js';
import { openDatabase } from './open-database.js';
import { schemaDifference } from './schema-difference.js';

const NAME = /^[A-Z][A-Za-z0-9]*$/;

/** What we use of Prettier. */
interface Prettier {
  resolveConfig: (file: string) => Promise<object | null>;
  format: (text: string, options: object) => Promise<string>;
}

/**
 * Writes a migration in TypeScript with what the entities declare and the database lacks, into the folder `migrations`
 * or `src/migrations` of the current folder, and returns its path; undefined when nothing differs. Pending migrations
 * are applied first. In a product, it contains nothing about our tables but what the product adds to them. Throws
 * `OperatorError` for a name that is not in PascalCase, and for a database that has migrations of other code.
 */
export async function generateMigration(
  config: AppConfig,
  declarations: Declarations,
  name: string,
): Promise<string | undefined> {
  if (!NAME.test(name)) {
    throw new OperatorError(`Name the migration in PascalCase, such as AddPhoneToUsers.`);
  }
  const { root, userFields } = declarations;
  if (userFields && root === undefined) {
    throw new OperatorError(
      `${userFields.name} needs migrations, which are found next to the root of the product: GatehouseModule.forRoot({ root: import.meta.dirname }).`,
    );
  }
  const entities = await declarations.exportsOf('entity');
  const ours = root === undefined ? [] : entities.filter(({ isOfProduct }) => !isOfProduct);
  const dataSource = await openDatabase(config, declarations, {
    exclusive: false,
    schema: 'migrate',
  });
  try {
    const read = dataSource.query.bind(dataSource);
    const { unknown } = await readMigrationState(dataSource.migrationSets, read);
    if (unknown.length > 0) {
      throw new OperatorError(
        `The database has migrations that this code does not have (${unknown.join(', ')}), so a difference would undo them. Use a database of this code.`,
      );
    }
    const difference = await schemaDifference(dataSource, new Set(ours.map(({ value }) => value)));
    if (difference.upQueries.length === 0) return undefined;
    const folder = existsSync('src/migrations') ? 'src/migrations' : 'migrations';
    const time = Date.now();
    const path = join(folder, `${time}-${name}.ts`);
    await mkdir(folder, { recursive: true });
    await writeFile(path, await formatted(path, MigrationText.of(`${name}${time}`, difference)));
    return path;
  } finally {
    await dataSource.destroy();
  }
}

/** TypeORM's way to write a statement. */
class MigrationText extends MigrationGenerateCommand {
  static of(name: string, { upQueries, downQueries }: Record<`${'up' | 'down'}Queries`, Query[]>) {
    return `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${name} implements MigrationInterface {
  name = '${name}';

  public async up(queryRunner: QueryRunner): Promise<void> {
${upQueries.map((query) => this.statement(query)).join('\n')}
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
${downQueries
  .map((query) => this.statement(query))
  .toReversed()
  .join('\n')}
  }
}
`;
  }

  private static statement({ query, parameters }: Query): string {
    const sql = this.escapeTemplateLiteral(this.prettifyQuery(query));
    return `    await queryRunner.query(\`${sql}\`${this.queryParams(parameters)});`;
  }
}

/** As the product formats its files, if it has Prettier. */
async function formatted(path: string, text: string): Promise<string> {
  const ofProduct = createRequire(join(process.cwd(), 'package.json'));
  let file: string;
  try {
    file = ofProduct.resolve('prettier');
  } catch {
    return text;
  }
  const module = (await import(pathToFileURL(file).href)) as Prettier & { default?: Prettier };
  const { format, resolveConfig } = module.default ?? module;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
