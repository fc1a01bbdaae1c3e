/** A top-level statement of a source file, with its comment. */
export interface SourceBlock {
  /** The name that it declares. Undefined: it declares none. */
  name: string | undefined;
  text: string;
}

/** A source file in parts. */
export interface SourceFile {
  imports: SourceImport[];
  blocks: SourceBlock[];
}

/** One `import` statement. */
export interface SourceImport {
  /** The statement as it stands. */
  text: string;
  /** Where it imports from, as it is written there. */
  from: string;
  isType: boolean;
  /** The names in braces. Undefined for a statement of another form, such as `import * as`. */
  names: ImportedName[] | undefined;
}

export interface ImportedName {
  name: string;
  /** What it is called in this file. */
  local: string;
  isType: boolean;
}

const IMPORT = /^import\s(?:(type)\s+)?([^'";]*?)\s*from\s*['"]([^'"]+)['"];?[ \t]*\n?/gm;
const DECLARATION =
  /^(?:export )?(?:async )?(?:abstract )?(?:const|let|function|class|interface|type|enum) (\w+)/m;

/** The `import … from` statements of a source text. */
export function importsOf(source: string): SourceImport[] {
  return [...source.matchAll(IMPORT)].map(([text, type, clause, from]) => ({
    text,
    from: from!,
    isType: type !== undefined,
    names: namesIn(clause!),
  }));
}

/** Takes a source text apart. It has to be formatted by Prettier: nothing but a new statement begins a line. */
export function partsOf(source: string): SourceFile {
  const imports = importsOf(source);
  const rest = imports.reduce((text, statement) => text.replace(statement.text, ''), source);
  const blocks = rest.split(/\n(?=(?:\/\*\*|export |const |function |interface |type ))/);
  // A comment belongs to what comes after it.
  const texts = blocks.reduce<string[]>((done, block) => {
    const isComment = /^\/\*\*(?:(?!\*\/)[^])*\*\/\s*$/.test(done.at(-1) ?? '');
    return isComment ? [...done.slice(0, -1), `${done.at(-1)}\n${block}`] : [...done, block];
  }, []);
  return {
    imports,
    blocks: texts
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => ({ name: DECLARATION.exec(text)?.[1], text })),
  };
}

/** Whether a text uses a name. */
export function uses(text: string, name: string): boolean {
  const escaped = name.replaceAll('$', '\\$');
  return new RegExp(`(?<![\\w$.'">-])${escaped}(?![\\w$'"-])`).test(text);
}

function namesIn(clause: string): ImportedName[] | undefined {
  const [, list] = /^\{([^}]*)\}$/.exec(clause.trim()) ?? [];
  return list
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const [, type, name, local] = /^(type )?(\w+)(?: as (\w+))?$/.exec(one) ?? [];
      return { name: name ?? one, local: local ?? name ?? one, isType: type !== undefined };
    });
}
