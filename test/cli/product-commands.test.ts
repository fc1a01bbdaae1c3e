import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { built } from '../support/built.js';
import { Product } from '../support/product.js';

const { Declarations } = await built<typeof import('../../src/common/declarations.js')>(
  'src/common/declarations.js',
);
const { productCommandsOf } = await built<typeof import('../../src/cli/product-commands.js')>(
  'src/cli/product-commands.js',
);
const { importedModules } = await built<typeof import('../../src/server/imported-modules.js')>(
  'src/server/imported-modules.js',
);

const IMPORT = `import { Command, CommandRunner, SubCommand } from 'gatehouse';`;

/** A file with one command, as far as it matters here. */
function command(options: string, name = 'ImportCommand', base = 'extends CommandRunner'): string {
  return `${IMPORT}
    @Command(${options})
    export class ${name} ${base} { async run() {} }`;
}

/** A root module that provides classes of files, by file. */
function moduleOf(providers: Record<string, string>): string {
  const imports = Object.entries(providers).map(
    ([file, name], i) => `import { ${name} as P${i} } from './${file}.js';`,
  );
  const names = imports.map((_, i) => `P${i}`);
  return `import { forwardRef, Module } from '@nestjs/common';
    ${imports.join('\n')}
    @Module({ providers: [${names.join()}] })
    class Commands {}
    @Module({})
    class Late {}
    const late = Promise.resolve({ module: Late, imports: [forwardRef(() => Commands)] });
    @Module({ imports: [late, Commands] })
    export class AppModule {}`;
}

const ANY = { 'a.command': 'ImportCommand' };

describe('the files *.command.ts of a product', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create();
  });
  afterAll(() => product.remove());

  let folders = 0;

  /** The names of the classes that are found, or what is wrong with the files. */
  async function commandsIn(files: Record<string, string>): Promise<string> {
    const folder = `commands/${++folders}`;
    for (const [name, code] of Object.entries(files)) {
      await product.write({ [`${folder}/${name}.ts`]: code });
    }
    const root = join(product.folder, 'dist', folder);
    const { AppModule } = await built<{ AppModule: Type }>(join(root, 'app.module.js'));
    const modules = await importedModules(AppModule);
    const found = await productCommandsOf(new Declarations(root), modules).then(
      (commands) => commands.map(({ name }) => name).join(),
      (error: Error) => `${error.name}: ${error.message}`,
    );
    return found.replaceAll(/\S*dist\/commands\/\d+\//g, '');
  }

  it('are found with their sub-commands, each once', async () => {
    const code = `${IMPORT}
      @SubCommand({ name: 'list' })
      export class ListCommand extends CommandRunner { async run() {} }
      @Command({ name: 'articles', subCommands: [ListCommand] })
      export class ArticlesCommand extends CommandRunner { async run() {} }`;
    const app = moduleOf({ 'a.command': 'ListCommand', './a.command': 'ArticlesCommand' });
    expect(await commandsIn({ 'a.command': code, 'app.module': app })).toBe(
      'ArticlesCommand,ListCommand',
    );
  });

  it.each([
    [`{ name: 'users' }`, 'Gatehouse itself has the command "users"; choose another name.'],
    [
      `{ name: 'x', aliases: ['help'] }`,
      'Gatehouse itself has the command "help"; choose another name.',
    ],
    [`{ name: 'build' }`, 'Gatehouse itself has the command "build"; choose another name.'],
    [
      `{ name: 'Import it' }`,
      '"Import it" is no name of a command; write it in lower case, such as articles:import.',
    ],
  ])('must have names of their own: %s', async (options, sentence) => {
    const files = { 'a.command': command(options), 'app.module': moduleOf(ANY) };
    expect(await commandsIn(files)).toBe(`DeclarationError: a.command.js: ${sentence}`);
  });

  it('must have names that no other file has', async () => {
    const files = {
      'a.command': command(`{ name: 'import' }`),
      'b.command': command(`{ name: 'x', aliases: ['import'] }`, 'OtherCommand'),
      'app.module': moduleOf({ ...ANY, 'b.command': 'OtherCommand' }),
    };
    expect(await commandsIn(files)).toBe(
      'DeclarationError: b.command.js: the command "import" is also defined in a.command.js.',
    );
  });

  it('must have classes that nest-commander can tell apart, and run', async () => {
    const told = 'choose another name, because commands are told apart by it.';
    const ours = command(`{ name: 'x' }`, 'CheckCommand');
    const app = moduleOf({ 'a.command': 'CheckCommand' });
    expect(await commandsIn({ 'a.command': ours, 'app.module': app })).toBe(
      `DeclarationError: a.command.js: Gatehouse itself has the class CheckCommand; ${told}`,
    );
    const twice = {
      'a.command': command(`{ name: 'a' }`),
      'b.command': command(`{ name: 'b' }`),
      'app.module': moduleOf({ ...ANY, 'b.command': 'ImportCommand' }),
    };
    expect(await commandsIn(twice)).toBe(
      `DeclarationError: b.command.js: the class ImportCommand is also in a.command.js; ${told}`,
    );
    const plain = command(`{ name: 'x' }`, 'ImportCommand', '');
    expect(await commandsIn({ 'a.command': plain, 'app.module': moduleOf(ANY) })).toBe(
      `DeclarationError: a.command.js: the class ImportCommand does not extend CommandRunner, as 'gatehouse' exports it.`,
    );
    const nothing = `export const NOTHING = 1;`;
    expect(await commandsIn({ 'a.command': nothing, 'app.module': moduleOf({}) })).toBe(
      'DeclarationError: a.command.js: it exports no class with @Command().',
    );
  });

  it('must be provided by one module', async () => {
    const code = command(`{ name: 'import' }`);
    expect(await commandsIn({ 'a.command': code, 'app.module': moduleOf({}) })).toBe(
      'DeclarationError: a.command.js: no module provides ImportCommand; add it to the providers of a module.',
    );
    const app = `import { Module } from '@nestjs/common';
      import { ImportCommand } from './a.command.js';
      @Module({ providers: [ImportCommand] })
      class Commands {}
      @Module({ imports: [Commands], providers: [{ provide: 'x', useClass: ImportCommand }] })
      export class AppModule {}`;
    expect(await commandsIn({ 'a.command': code, 'app.module': app })).toBe(
      'DeclarationError: a.command.js: ImportCommand is provided twice, by AppModule and Commands; leave it to one module.',
    );
  });

  it('stop every command with one sentence', async () => {
    await product.write({ 'src/import.command.ts': command(`{ name: 'import' }`) });
    const sentence =
      'dist/src/import.command.js: no module provides ImportCommand; add it to the providers of a module.';
    for (const words of [['--help'], ['users', 'list']]) {
      expect(await product.runCommand(...words)).toEqual({ code: 1, output: `${sentence}\n` });
    }
  });
});
