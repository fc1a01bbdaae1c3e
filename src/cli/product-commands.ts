import type { Provider, Type } from '@nestjs/common';
import { type CommandMetadata, CommandRunner } from 'nest-commander';
import { CommandMeta, SubCommandMeta } from 'nest-commander/src/constants.js';
import { DeclarationError } from '../common/declaration-error.js';
import type { Declarations } from '../common/declarations.js';
import { PROJECT_COMMANDS } from '../project/project-commands.js';
import { type CommandClass, COMMANDS, GROUPS } from './commands.js';

/** A module, and what it provides. */
interface ProvidingModule {
  type: Type;
  providers: Provider[];
}

const NAME = /^[a-z][a-z0-9]*([:-][a-z0-9]+)*$/;
const OUR_CLASSES = [...COMMANDS.keys(), ...GROUPS];
const OUR_CLASS_NAMES = new Set(OUR_CLASSES.map(({ name }) => name));
/** With `help`, which commander itself has, and the commands that the binary takes before the application. */
const OUR_NAMES = new Set(['help', ...PROJECT_COMMANDS.keys(), ...OUR_CLASSES.flatMap(namesOf)]);

/**
 * The commands that a product exports from its files `*.command.ts`, and their sub-commands. Throws `DeclarationError`
 * for a class that could not be run.
 * @param modules all modules of the application
 */
export async function productCommandsOf(
  declarations: Declarations,
  modules: ProvidingModule[],
): Promise<CommandClass[]> {
  const found = new Set<CommandClass>();
  const files = new Map<string, string>();
  for (const { exported, file } of await declarations.importFiles('command')) {
    const commands = new Set(exported.filter(isCommand).flatMap(withSubCommands));
    if (commands.size === 0) {
      throw new DeclarationError(file, 'it exports no class with @Command().');
    }
    for (const command of commands) {
      if (found.has(command)) continue;
      const fault =
        faultOfClass(command, files.get(command.name)) ??
        faultOfProviders(command, modules) ??
        namesOf(command)
          .map((name) => faultOfName(name, files.get(name)))
          .find((one) => one !== undefined);
      if (fault !== undefined) throw new DeclarationError(file, fault);
      found.add(command);
      for (const name of [command.name, ...namesOf(command)]) files.set(name, file);
    }
  }
  return [...found];
}

function isCommand(value: unknown): value is CommandClass {
  return typeof value === 'function' && metadataOf(value) !== undefined;
}

function metadataOf(command: object): CommandMetadata | undefined {
  return (Reflect.getMetadata(CommandMeta, command) ??
    Reflect.getMetadata(SubCommandMeta, command)) as CommandMetadata | undefined;
}

function withSubCommands(command: CommandClass): CommandClass[] {
  const { subCommands = [] } = metadataOf(command) ?? {};
  return [command, ...subCommands.flatMap(withSubCommands)];
}

/** The words that call a command: its name and its aliases. A sub-command has none of its own. */
function namesOf(command: CommandClass): string[] {
  const words = Reflect.getMetadata(CommandMeta, command) as CommandMetadata | undefined;
  return words ? [words.name, ...(words.aliases ?? [])] : [];
}

function faultOfClass({ name, prototype }: CommandClass, otherFile?: string): string | undefined {
  if (!(prototype instanceof CommandRunner)) {
    return `the class ${name} does not extend CommandRunner, as 'gatehouse' exports it.`;
  }
  // nest-commander finds the options of a command by the name of its class.
  if (OUR_CLASS_NAMES.has(name)) {
    return `Gatehouse itself has the class ${name}; choose another name, because commands are told apart by it.`;
  }
  return otherFile === undefined
    ? undefined
    : `the class ${name} is also in ${otherFile}; choose another name, because commands are told apart by it.`;
}

function faultOfProviders(command: CommandClass, modules: ProvidingModule[]): string | undefined {
  const providing = modules.filter(({ providers }) =>
    providers.some((provider) => command === classOf(provider)),
  );
  const [first, second] = providing.map(({ type }) => type.name);
  if (first === undefined) {
    return `no module provides ${command.name}; add it to the providers of a module.`;
  }
  if (second === undefined) return undefined;
  return `${command.name} is provided twice, by ${first} and ${second}; leave it to one module.`;
}

function classOf(provider: Provider): unknown {
  if (typeof provider === 'function') return provider;
  return 'useClass' in provider ? provider.useClass : provider.provide;
}

function faultOfName(name: string, otherFile?: string): string | undefined {
  if (!NAME.test(name)) {
    return `"${name}" is no name of a command; write it in lower case, such as articles:import.`;
  }
  if (OUR_NAMES.has(name))
    return `Gatehouse itself has the command "${name}"; choose another name.`;
  return otherFile === undefined
    ? undefined
    : `the command "${name}" is also defined in ${otherFile}.`;
}
