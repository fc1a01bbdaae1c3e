import { ValidateIf } from 'class-validator';

/** The other rules of a field hold when it is there; `null` is there. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
