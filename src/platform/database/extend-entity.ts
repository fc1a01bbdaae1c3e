import type { Type } from '@nestjs/common';
import { getMetadataArgsStorage } from 'typeorm';
import type { ColumnMetadataArgs } from 'typeorm/metadata-args/ColumnMetadataArgs.js';
import { snakeCase } from 'typeorm/util/StringUtils.js';
import { OperatorError } from '../../common/operator-error.js';

/** What an entity of ours was before a product added to it. */
export interface Extension {
  /** The names of our properties. */
  properties: ReadonlySet<string>;
  /** The names of our indices, constraints and checks. */
  names: ReadonlySet<string>;
  /** The names of our columns in the database, once they are known. */
  columns: ReadonlySet<string>;
}

/** What an entity is made of, of which a class may have more. Hooks and trees are for entities alone. */
const PARTS = [
  'columns',
  'generations',
  'embeddeds',
  'indices',
  'uniques',
  'checks',
  'exclusions',
  'foreignKeys',
  'relations',
  'joinColumns',
  'joinTables',
  'relationIds',
] as const;

/** Modes of columns that have a value without an option that says so. */
const FILLED = new Set(['createDate', 'updateDate', 'virtual', 'virtual-property']);

const extensions = new Map<unknown, Extension>();

/** What an entity of ours was, if a product has added to it. */
export function extensionOf(target: unknown): Extension | undefined {
  return extensions.get(target);
}

/**
 * Adds the columns, relations, indices and constraints of a class to an entity, before a data source is made. In a
 * decorator it would be too early: those of the class itself run after those of its properties. Throws `OperatorError`
 * with a sentence about the class that cannot be added.
 */
export function extendEntity(entity: Type, added: Type): void {
  const storage = getMetadataArgsStorage();
  const lineage = lineageOf(added);
  const isOfClass = ({ target }: { target: unknown }) => lineage.includes(target as Type);
  const fail = (problem: string): never => {
    throw new OperatorError(`The class ${added.name}, which adds to ${entity.name}, ${problem}`);
  };
  if (storage.tables.some(isOfClass)) fail('is an @Entity() itself. Remove that decorator.');
  const columns = storage.columns.filter(isOfClass);
  const relations = storage.relations.filter(isOfClass);
  if (columns.length + relations.length === 0) {
    fail('has no columns. Give its properties @Column().');
  }
  const ours = storage.columns.filter(({ target }) => target === entity);
  for (const column of [...columns, ...relations]) {
    const { propertyName } = column;
    const name = nameOf(column);
    if (ours.some((one) => one.propertyName === propertyName || nameOf(one) === name)) {
      fail(`has "${propertyName}", which ${entity.name} has already. Choose another name.`);
    }
  }
  for (const column of columns) {
    if (column.options.primary) fail(`has a primary column, "${column.propertyName}".`);
    if (column.mode === 'deleteDate') {
      fail(
        `has "${column.propertyName}", a @DeleteDateColumn(): deactivate or delete accounts instead.`,
      );
    }
    if (mayBeMissing(column)) continue;
    fail(
      `has "${column.propertyName}", which is neither nullable nor has a default: accounts that exist have no value for it. Add nullable: true or a default.`,
    );
  }
  for (const { propertyName, options, relationType } of relations) {
    if (relationType.endsWith('to-many') || options.nullable !== false) continue;
    fail(
      `has the relation "${propertyName}", which is not nullable: accounts that exist have no value for it.`,
    );
  }
  assertTwoMayLeaveOut(columns, lineage, fail);
  const members = lineage.flatMap((type) => membersOf(type));
  const clash = members.find(([name]) => Object.hasOwn(entity.prototype as object, name));
  if (clash) fail(`has "${clash[0]}", which ${entity.name} has already. Choose another name.`);
  const named = [...storage.indices, ...storage.uniques, ...storage.checks, ...storage.exclusions];
  extensions.set(entity, {
    properties: new Set(ours.map(({ propertyName }) => propertyName)),
    names: new Set(
      named.flatMap(({ target, name }) => (target === entity && name !== undefined ? [name] : [])),
    ),
    columns: new Set(),
  });
  for (const part of PARTS) {
    const all = storage[part] as { target: unknown }[];
    all.push(...all.filter(isOfClass).map((args) => ({ ...args, target: entity })));
  }
  for (const [name, member] of members) {
    Object.defineProperty(entity.prototype as object, name, member);
  }
}

/** The class and those that it extends, the most general first. */
export function lineageOf(type: Type): Type[] {
  const parent = Object.getPrototypeOf(type) as Type | null;
  return parent && parent !== Function.prototype ? [...lineageOf(parent), type] : [type];
}

/** The name in the database, as `SnakeNamingStrategy` makes it. */
function nameOf({ propertyName, options }: { propertyName: string; options: object }): string {
  return snakeCase((options as { name?: string }).name ?? propertyName);
}

function mayBeMissing({ mode, options, target, propertyName }: ColumnMetadataArgs): boolean {
  if (FILLED.has(mode) || options.nullable || options.asExpression !== undefined) return true;
  if (options.default !== undefined && options.default !== null) return true;
  return getMetadataArgsStorage().generations.some(
    (one) => one.target === target && one.propertyName === propertyName,
  );
}

/** A default that has to be unique would let one account alone leave the field out. */
function assertTwoMayLeaveOut(
  columns: ColumnMetadataArgs[],
  lineage: Type[],
  fail: (problem: string) => never,
): void {
  const storage = getMetadataArgsStorage();
  const unique = [...storage.uniques, ...storage.indices.filter((one) => one.unique && !one.where)];
  for (const { propertyName, options } of columns) {
    const isAlone = unique.some(
      ({ target, columns: names }) =>
        lineage.includes(target as Type) &&
        Array.isArray(names) &&
        names.length === 1 &&
        names[0] === propertyName,
    );
    const isUnique = options.unique || isAlone;
    if (!isUnique || options.nullable || typeof options.default === 'function') continue;
    fail(
      `has "${propertyName}", which is unique and has a default: only one account could leave it out. Make it nullable, without a default.`,
    );
  }
}

/** Getters and methods, which the types promise as well. The constructor and initial values are not used. */
function membersOf(type: Type): [string, PropertyDescriptor][] {
  const members = Object.getOwnPropertyDescriptors(type.prototype as object);
  return Object.entries(members).filter(([name]) => name !== 'constructor');
}
