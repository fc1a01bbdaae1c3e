import type { CanActivate, Type } from '@nestjs/common';

/** The global guards of Gatehouse, by which those of an application are told apart. */
export class OwnGuards {
  constructor(private readonly types: readonly Type<CanActivate>[]) {}

  has(guard: CanActivate): boolean {
    return this.types.some((type) => guard.constructor === type);
  }
}
