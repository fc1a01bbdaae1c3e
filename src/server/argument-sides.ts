import type { ArgumentMetadata } from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { methodsOf } from '../access/routes.js';

/** Whose route is meant: one of Gatehouse, one that it leaves alone, or one that passes both. */
export type Side = 'gatehouse' | 'unguarded' | 'application';

const TYPES: Record<number, ArgumentMetadata['type']> = {
  [RouteParamtypes.BODY]: 'body',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.PARAM]: 'param',
};
/** Types that say nothing about the route. */
const GENERAL = new Set<unknown>([String, Number, Boolean, Object, Array, undefined]);

/**
 * Whose routes take an argument. Nest calls a pipe without the route: it knows the type, and where the value comes from.
 */
export class SidesOfArguments {
  private readonly sides = new Map<unknown, Set<Side>>();

  constructor(
    controllers: { metatype: unknown }[],
    sideOf: (controller: object, handler: object) => Side,
  ) {
    for (const { type, name, handler } of methodsOf(controllers)) {
      for (const argument of argumentsOf(type, name)) {
        const key = keyOf(argument);
        this.sides.set(key, (this.sides.get(key) ?? new Set()).add(sideOf(type, handler)));
      }
    }
  }

  /** Whether routes of one side take it, and no others. */
  isOnly(side: Side, argument: ArgumentMetadata): boolean {
    const sides = this.sides.get(keyOf(argument));
    return sides?.size === 1 && sides.has(side);
  }
}

function argumentsOf(controller: object, name: string): ArgumentMetadata[] {
  const { prototype } = controller as { prototype: object };
  const taken = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as
    Record<string, { index: number; data?: string }> | undefined;
  const types = Reflect.getMetadata(PARAMTYPES_METADATA, prototype, name) as
    ArgumentMetadata['metatype'][] | undefined;
  return Object.entries(taken ?? {}).map(([key, { index, data }]) => ({
    type: TYPES[Number.parseInt(key, 10)] ?? 'custom',
    metatype: types?.[index],
    data,
  }));
}

function keyOf({ type, metatype, data }: ArgumentMetadata): unknown {
  return GENERAL.has(metatype) ? `${type} ${metatype?.name} ${String(data)}` : metatype;
}
