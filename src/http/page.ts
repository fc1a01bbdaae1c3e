import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { withoutPadding } from '../common/text.js';
import { AppError } from './app-error.js';
import { Normalized } from './normalized.decorator.js';
import { OneLine } from './one-line.decorator.js';

export const DEFAULT_LIMIT = 50;
/** The most items of a list in one answer. */
export const MAX_LIMIT = 100;
/** Room for a position with a text of 200 characters of any script. */
const MAX_CURSOR_LENGTH = 2_000;
const MAX_SEARCH_LENGTH = 200;

/** One page of a list, and the cursor with which the next one is asked for; null on the last. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** How many items a page has at most, 1 to 100. */
export function PageLimit(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'How many at most, 1 to 100.',
    }),
    Transform(({ value }: { value: unknown }) =>
      /^\d{1,4}$/.test(String(value)) ? Number(value) : value,
    ),
    IsInt({ message: 'The limit must be a whole number.' }),
    Min(1, { message: 'The limit must be at least 1.' }),
    Max(MAX_LIMIT, { message: `The limit must be at most ${MAX_LIMIT}.` }),
  );
}

/** Where a page begins. */
export function PageCursor(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description: 'The `nextCursor` of the page before.' }),
    IsOptional(),
    IsString({ message: 'The cursor must be text.' }),
    MaxLength(MAX_CURSOR_LENGTH, { message: 'This is no cursor.' }),
  );
}

/** Which page of a list. */
export class PageQuery {
  @PageLimit()
  limit: number = DEFAULT_LIMIT;

  @PageCursor()
  cursor?: string;
}

/** Which page of a list that can be searched. */
export class SearchQuery extends PageQuery {
  @ApiPropertyOptional({
    type: String,
    maxLength: MAX_SEARCH_LENGTH,
    description: 'Text that has to appear. Upper and lower case are the same.',
  })
  @Normalized(withoutPadding)
  @IsOptional()
  @IsString({ message: 'The search must be text.' })
  @MaxLength(MAX_SEARCH_LENGTH, {
    message: `The search must have at most ${MAX_SEARCH_LENGTH} characters.`,
  })
  @OneLine('The search')
  search?: string;
}

/**
 * Where a page ended, for the caller to send back: opaque, good for the same list in the same order.
 * @param position the values of the last item that the list is ordered by
 */
export function encodeCursor(list: string, position: string[]): string {
  return Buffer.from(JSON.stringify([list, ...position])).toString('base64url');
}

/** The position in a cursor. Throws `AppError` 422 when it is none, or one of another list. */
export function decodeCursor(
  cursor: string,
  list: string,
  isPosition: (position: string[]) => boolean,
): string[] {
  const [name, ...position] = parts(cursor);
  if (name === list && isPosition(position)) return position;
  throw AppError.validation([
    {
      field: 'cursor',
      code: 'invalid_cursor',
      message: 'This is no cursor of this list in this order.',
    },
  ]);
}

/** The page that `limit + 1` rows make: the one too many tells that there are more. */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  present: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  return {
    items: shown.map(present),
    nextCursor: rows.length > limit ? cursorOf(shown.at(-1)!) : null,
  };
}

/** The same page of other items: each as it is shown. */
export function mapPage<Row, Item>(
  { items, nextCursor }: Page<Row>,
  present: (row: Row) => Item,
): Page<Item> {
  return { items: items.map(present), nextCursor };
}

/** Which page of a list the application asks for itself. */
interface PageAsked {
  limit: number;
  cursor?: string;
}

/** Reads a whole list page by page: short statements, and no transaction that stays open. */
export async function* everyPage<Item>(
  listPage: (page: PageAsked) => Promise<Page<Item>>,
): AsyncGenerator<Item[], void> {
  let page: PageAsked | undefined = { limit: MAX_LIMIT };
  while (page !== undefined) {
    const { items, nextCursor }: Page<Item> = await listPage(page);
    yield items;
    page = nextCursor === null ? undefined : { limit: MAX_LIMIT, cursor: nextCursor };
  }
}

/** Documents a page of items. */
export function ApiPage(item: Type): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'nextCursor'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          nextCursor: {
            type: 'string',
            nullable: true,
            description: 'Send it as `cursor` for the next page; null on the last.',
          },
        },
      },
    }),
  );
}

function parts(cursor: string): string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : [];
  } catch {
    return [];
  }
}
