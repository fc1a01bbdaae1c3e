import type { DynamicModule, ForwardReference, Provider, Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';

/** A module of an application, before anything of it is made. */
export interface ImportedModule {
  type: Type;
  providers: Provider[];
}

type Import = Type | DynamicModule | Promise<DynamicModule> | ForwardReference<() => Type>;

/** A root module and all that it imports, directly or not, each once. */
export async function importedModules(root: Type): Promise<ImportedModule[]> {
  const found = new Map<unknown, ImportedModule>();
  await collect(root, found);
  return [...found.values()];
}

async function collect(given: Import, found: Map<unknown, ImportedModule>): Promise<void> {
  const resolved = await given;
  const module = 'forwardRef' in resolved ? resolved.forwardRef() : resolved;
  if (found.has(module)) return;
  const dynamic = 'module' in module ? module : undefined;
  const type = dynamic?.module ?? (module as Type);
  const listed = <Item>(key: string): Item[] =>
    (Reflect.getMetadata(key, type) as Item[] | undefined) ?? [];
  found.set(module, {
    type,
    providers: [...(dynamic?.providers ?? []), ...listed<Provider>(MODULE_METADATA.PROVIDERS)],
  });
  const imports = [...(dynamic?.imports ?? []), ...listed<Import>(MODULE_METADATA.IMPORTS)];
  for (const one of imports as Import[]) await collect(one, found);
}
