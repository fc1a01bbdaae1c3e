import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { CommandMetadata } from 'nest-commander';
import { PROJECT_COMMANDS } from '../../src/project/project-commands.js';
import { built } from '../support/built.js';
import { ROOT } from '../support/process.js';

const page = readFileSync(join(ROOT, 'docs/commands.md'), 'utf8').replaceAll(
  /^```[\s\S]*?^```$/gm,
  '',
);
const [ofCommands, ofScripts] = page.split('## Scripts of this repository') as [string, string];

/** The words in the first column of the tables. */
function listed(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, words]) => words!);
}

/** The words of every command of ours: `keys list`. */
async function commandWords(): Promise<string[]> {
  const { COMMANDS, GROUPS } =
    await built<typeof import('../../src/cli/commands.js')>('src/cli/commands.js');
  const { CommandMeta, SubCommandMeta } = await built<
    typeof import('nest-commander/src/constants.js')
  >('nest-commander/src/constants.js');
  // That of the commands, which were loaded outside of Jest's sandbox.
  const { getMetadata } = vm.runInThisContext('Reflect') as typeof Reflect;
  const nameOf = (command: object) =>
    ((getMetadata(CommandMeta, command) ?? getMetadata(SubCommandMeta, command)) as CommandMetadata)
      .name;
  const groups = new Map(
    GROUPS.flatMap((group) => {
      const { subCommands } = getMetadata(CommandMeta, group) as CommandMetadata;
      return subCommands!.map((command) => [command as object, nameOf(group)]);
    }),
  );
  const words = [...COMMANDS.keys()].map((command) =>
    [groups.get(command), nameOf(command)].filter((name) => name !== undefined).join(' '),
  );
  return [...words, ...PROJECT_COMMANDS.keys()];
}

describe('docs/commands.md', () => {
  it('lists every command that there is, and no other', async () => {
    const names = await commandWords();
    expect(names).toContain('keys list');
    expect(names.length).toBeGreaterThan(15);
    // A row may end with arguments, and name another command in its text.
    const quoted = [...ofCommands.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
    const isOf = (name: string) => (text: string) => `${text} `.startsWith(`${name} `);
    expect(names.filter((name) => !quoted.some(isOf(name)))).toEqual([]);
    // What stands below a ### is about one command.
    const tables = ofCommands
      .split('\n## ')
      .slice(1)
      .map((section) => section.split('\n### ')[0]!);
    expect(
      tables.flatMap(listed).filter((text) => !names.some((name) => isOf(name)(text))),
    ).toEqual([]);
  });

  it('lists scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const names = listed(ofScripts).map(
      (words) => words.replace(/^npm (run )?/, '').split(' ')[0]!,
    );
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });
});
