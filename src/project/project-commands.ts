import type { ProductFolder } from './product-folder.js';

/** A command on the files of a product. It needs no application. */
export interface ProjectCommand {
  /** What the help says. */
  description: string;
  /** Imports what runs it. That returns the exit code, and throws `OperatorError` for what a person can act on. */
  load: () => Promise<(product: ProductFolder, words: string[]) => Promise<number>>;
}

/** The commands of the binary that the application does not have, by their first word. */
export const PROJECT_COMMANDS: ReadonlyMap<string, ProjectCommand> = new Map([
  [
    'build',
    {
      description: 'Build the product, unless its dist is up to date',
      load: async () => (await import('./build.js')).build,
    },
  ],
  [
    'update',
    {
      description: 'Bring the files that Gatehouse wrote to its version, migrate and check',
      load: async () => (await import('./update.js')).update,
    },
  ],
  [
    'eject',
    {
      description: 'Copy a page or an email into the product, such as page:login',
      load: async () => (await import('./eject.js')).eject,
    },
  ],
  [
    'adopt',
    {
      description: 'Make a product of a clone of version 0.1',
      load: async () => (await import('./adopt.js')).adopt,
    },
  ],
]);
