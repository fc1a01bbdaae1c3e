import type { Type } from '@nestjs/common';
import { getMetadataArgsStorage } from 'typeorm';
import { OperatorError } from '../common/operator-error.js';
import { extendEntity, lineageOf } from '../platform/database/extend-entity.js';
import { declaredUserFields, useUserFields } from './user-field.decorator.js';
import { User } from './user.entity.js';

/** The class of the applications of this process; null before the first. */
let added: Type | undefined | null = null;

/**
 * Adds what a class of a product declares to the user: columns and what belongs to them, and the fields of
 * `@UserField()`. It happens once in a process, before the data source is made. Throws `OperatorError` with a sentence
 * about the class that cannot be added.
 */
export function addUserFields(type: Type | undefined): void {
  if (added !== null) {
    if (added === type) return;
    throw new OperatorError(
      `One process has one kind of user: userFields is ${nameOf(added)} in one application and ${nameOf(type)} in another. Run them in two processes.`,
    );
  }
  const lineage = type ? lineageOf(type) : [];
  const declared = declaredUserFields();
  for (const other of declared.keys()) {
    if (lineage.includes(other as Type)) continue;
    const name = nameOf(other as Type);
    throw new OperatorError(
      `The class ${name} has @UserField(), and is not in use: GatehouseModule.forRoot({ userFields: ${name} }) names ${type ? `${type.name} instead` : 'no class'}.`,
    );
  }
  if (type) {
    extendEntity(User, type);
    for (const one of lineage) addFields(one, declared.get(one) ?? []);
  }
  added = type;
}

function addFields(type: Type, names: string[]): void {
  const { columns, relations } = getMetadataArgsStorage();
  const missing = names.find(
    (name) =>
      ![...columns, ...relations].some((one) => one.target === type && one.propertyName === name),
  );
  if (missing !== undefined) {
    throw new OperatorError(
      `The class ${type.name} has @UserField() on "${missing}", which has no @Column().`,
    );
  }
  const clash = useUserFields(type);
  if (clash !== undefined) {
    throw new OperatorError(
      `The class ${type.name} has the field "${clash}", which accounts or their forms have already. Choose another name.`,
    );
  }
}

function nameOf(type: Type | undefined): string {
  return type?.name ?? 'missing';
}
