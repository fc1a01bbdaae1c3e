import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { MailboxModule } from '../site/accounts/mailbox.module.js';

/** The controllers of the modules that `GatehouseModule` consists of, and those that its options add. */
export function controllersOfGatehouse(nest: NestFastifyApplication): Set<unknown> {
  const roots = [...nest.get(ModulesContainer).values()].filter(
    ({ metatype }) => metatype.name === 'GatehouseModule',
  );
  const seen = new Set<object>();
  const follow = (module: unknown): unknown[] => {
    const type = ((module as { module?: object }).module ?? module) as object;
    if (typeof type !== 'function' || seen.has(type)) return [];
    seen.add(type);
    const stated = (key: string) => (Reflect.getMetadata(key, type) ?? []) as unknown[];
    return [
      ...stated(MODULE_METADATA.CONTROLLERS),
      ...stated(MODULE_METADATA.IMPORTS).flatMap(follow),
    ];
  };
  return new Set([
    ...roots.flatMap(({ controllers }) => [...controllers.keys()]),
    ...[...roots.map(({ metatype }) => metatype), MailboxModule].flatMap(follow),
  ]);
}
