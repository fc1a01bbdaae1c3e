#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OperatorError } from './common/operator-error.js';
import { build } from './project/build.js';
import { ProductFolder } from './project/product-folder.js';
import { PROJECT_COMMANDS } from './project/project-commands.js';

/** `npx gatehouse` in a product: the commands on its files, and with its application those of the command line. */
async function run([word = '', ...rest]: string[]): Promise<number> {
  const product = ProductFolder.around(process.cwd());
  // `.env` and `.data` are in its folder.
  process.chdir(product.path);
  const command = PROJECT_COMMANDS.get(word);
  if (command) return (await command.load())(product, rest);

  const failed = await build(product);
  if (failed) return failed;
  await runApplication(product);
  if (['', 'help', '-h', '--help'].includes(word)) console.log(helpOfProject());
  return Number(process.exitCode ?? 0);
}

/** Runs the command with the application of the product, and the Gatehouse that this application imports. */
async function runApplication({ path, appModule }: ProductFolder): Promise<void> {
  const name = relative(path, appModule);
  if (!existsSync(appModule)) {
    throw new OperatorError(
      `${name} does not exist: the product in ${path} is not built. Run: npm run build`,
    );
  }
  const { runCli } = (await import(gatehouseOf(path))) as typeof import('./index.js');
  await runCli(async () => {
    const { AppModule } = (await import(pathToFileURL(appModule).href)) as { AppModule?: never };
    if (AppModule) return AppModule;
    throw new OperatorError(`${name} does not export AppModule.`);
  });
}

function gatehouseOf(folder: string): string {
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve('gatehouse')).href;
  } catch {
    throw new OperatorError(`The product in ${folder} has no package gatehouse. Run: npm install`);
  }
}

function helpOfProject(): string {
  const lines = [...PROJECT_COMMANDS].map(
    ([word, { description }]) => `  ${word.padEnd(32)}${description}`,
  );
  return ['', 'On the files of the product:', ...lines].join('\n');
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
