import type { ModuleRef } from '@nestjs/core';
import { useContainer } from 'class-validator';

/** Lets class-validator's constraint classes be Nest providers; those that are none it makes itself. */
export function useNestForConstraints(modules: ModuleRef): void {
  const unknown = new WeakSet<object>();
  useContainer(
    {
      get(type: new () => unknown): unknown {
        if (unknown.has(type)) return undefined;
        try {
          return modules.get(type, { strict: false });
        } catch {
          unknown.add(type);
          return undefined;
        }
      },
    },
    { fallback: true },
  );
}
