import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { decodeCursor, encodeCursor, type Page, type PageQuery, pageOf } from './page.js';
import { isId, isText, isTime, isWholeNumber } from './page-position.js';

type Property<Entity> = keyof Entity & string;

/** How a list is ordered, and searched. */
export interface KeysetOptions<Entity extends ObjectLiteral> {
  /** The name of the list in its cursors: a cursor of another name is refused. */
  name: string;
  /**
   * Properties of the entity that order the list, the last one unique: `['createdAt', 'id']`, or `['-createdAt', '-id']`
   * with the largest first. All of them have the same direction, so that an index with these columns finds a page
   * without a sort. UUIDs, whole numbers, times with a time zone, and texts of at most 200 characters can order a list; a
   * column that may be null cannot.
   */
  order: readonly (Property<Entity> | `-${Property<Entity>}`)[];
  /**
   * Properties of the entity that hold text. With `search` in the query, one of them has to contain it; upper and lower
   * case are the same. A large table needs an index `USING gin (title gin_trgm_ops)` for each.
   */
  search?: readonly Property<Entity>[];
}

/** Which page of a list, and what its rows have to contain. `PageQuery` and `SearchQuery` are such. */
export interface KeysetQuery extends PageQuery {
  search?: string;
}

/** A type of column that can order a list: as what a position is sent back, and whether a text is one. */
interface PositionType {
  type: string;
  isPosition: (text: string) => boolean;
}

const TEXT: PositionType = { type: 'text', isPosition: isText };
const WHOLE_NUMBER: PositionType = { type: 'bigint', isPosition: isWholeNumber };

const POSITION_TYPES: Record<string, PositionType> = {
  uuid: { type: 'uuid', isPosition: isId },
  text: TEXT,
  'character varying': TEXT,
  smallint: WHOLE_NUMBER,
  integer: WHOLE_NUMBER,
  bigint: WHOLE_NUMBER,
  'timestamp with time zone': { type: 'timestamptz', isPosition: isTime },
};

/** Longer texts, encoded, are more than a cursor can hold. */
const MAX_TEXT_LENGTH = 200;

/**
 * Reads one page of a list, which begins where the page before ended: a page deep in a list is as quick as the first one,
 * and rows that are added meanwhile neither repeat nor hide others. Throws `AppError` 422 for a cursor of another list.
 * @param query selects an entity, with conditions and relations of its own; a relation to many rows is refused
 * @param present makes the item of an entity and its raw row; by default, the item is the entity
 * @example
 * ```ts
 * async list(query: SearchQuery): Promise<Page<Article>> {
 *   const articles = this.articles.createQueryBuilder('article').where('article.isPublished');
 *   return keysetPage(articles, query, { name: 'articles', order: ['-createdAt', '-id'], search: ['title'] });
 * }
 * ```
 */
export async function keysetPage<Entity extends ObjectLiteral, Item = Entity>(
  query: SelectQueryBuilder<Entity>,
  page: KeysetQuery,
  options: KeysetOptions<Entity>,
  present: (entity: Entity, raw: Record<string, unknown>) => Item = (entity) =>
    entity as unknown as Item,
): Promise<Page<Item>> {
  const statement = keysetQuery(query, page, options);
  const { entities, raw } = await statement.getRawAndEntities<Record<string, unknown>>();
  if (entities.length !== raw.length) {
    throw new TypeError(`The list "${options.name}" joins several rows to one of its items.`);
  }
  return pageOf(
    entities.map((entity, i) => ({ entity, row: raw[i]! })),
    page.limit,
    ({ row }) =>
      encodeCursor(
        options.name,
        options.order.map((_, i) => String(row[alias(i)])),
      ),
    ({ entity, row }) => present(entity, row),
  );
}

/** The one statement behind a page: the query with its order, its search and where it begins. */
export function keysetQuery<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  { limit, cursor, search = '' }: KeysetQuery,
  { name, order, search: searched = [] }: KeysetOptions<Entity>,
): SelectQueryBuilder<Entity> {
  const descending = isDescending(name, order);
  const columns = order.map((property) => columnOf(query, property.replace('-', '')));
  const types = columns.map(positionTypeOf);
  const names = columns.map((column) => nameOf(query, column));
  query.orderBy();
  names.forEach((column, i) =>
    query.addSelect(`${column}::text`, alias(i)).addOrderBy(column, descending ? 'DESC' : 'ASC'),
  );
  if (search !== '' && searched.length > 0) {
    const conditions = searched.map(
      (property) => `${nameOf(query, columnOf(query, property))} ILIKE :keysetSearch`,
    );
    query.andWhere(`(${conditions.join(' OR ')})`, { keysetSearch: `%${literal(search)}%` });
  }
  if (cursor !== undefined) {
    const position = decodeCursor(
      cursor,
      name,
      (parts) =>
        parts.length === types.length && types.every((type, i) => type.isPosition(parts[i]!)),
    );
    const values = types.map(({ type }, i) => `:${alias(i)}::${type}`);
    query.andWhere(
      `(${names.join(', ')}) ${descending ? '<' : '>'} (${values.join(', ')})`,
      Object.fromEntries(position.map((value, i) => [alias(i), value])),
    );
  }
  return query.limit(limit + 1);
}

/** Throws `TypeError` for an order in two directions, which no comparison of rows can express. */
function isDescending(name: string, order: readonly string[]): boolean {
  const count = order.filter((property) => property.startsWith('-')).length;
  if (count === 0 || count === order.length) return count > 0;
  throw new TypeError(`The list "${name}" is ordered in two directions: [${order.join(', ')}].`);
}

/** What a column of the order is called in the statement. */
function alias(i: number): string {
  return `keyset${i}`;
}

function columnOf<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  property: string,
): ColumnMetadata {
  const { metadata } = query.expressionMap.mainAlias!;
  const column = metadata.findColumnWithPropertyName(property);
  if (!column) throw new TypeError(`${metadata.name}.${property} is not a column.`);
  return column;
}

function nameOf<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  { databaseName }: ColumnMetadata,
): string {
  return `${query.escape(query.alias)}.${query.escape(databaseName)}`;
}

/** Throws `TypeError` for a column that cannot order a list. */
function positionTypeOf(column: ColumnMetadata): PositionType {
  const { entityMetadata, propertyName, isNullable, length } = column;
  const name = `${entityMetadata.name}.${propertyName}`;
  const type = entityMetadata.dataSource.driver.normalizeType(column);
  const known = POSITION_TYPES[type];
  if (!known) throw new TypeError(`${name} cannot order a list: its type is ${type}.`);
  if (isNullable) throw new TypeError(`${name} cannot order a list: it may be null.`);
  if (Number(length) > MAX_TEXT_LENGTH && known === TEXT) {
    throw new TypeError(
      `${name} cannot order a list: it may have more than ${MAX_TEXT_LENGTH} characters.`,
    );
  }
  return known;
}

/** A text that `LIKE` takes word for word. */
function literal(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
