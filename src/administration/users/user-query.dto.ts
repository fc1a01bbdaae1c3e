import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { Normalized } from '../../http/normalized.decorator.js';
import { OneLine } from '../../http/one-line.decorator.js';
import { DEFAULT_LIMIT, PageCursor, PageLimit, type PageQuery } from '../../http/page.js';
import { withoutPadding } from '../../common/text.js';
import { normalizeRoleText } from '../../permissions/role-fields.decorators.js';

/** How lists of accounts can be ordered; with a minus in front, backwards. */
export const USER_ORDERS = ['username', 'email', 'createdAt'] as const;
const ORDERS = USER_ORDERS.flatMap((order) => [order, `-${order}` as const]);

/** Room for whatever a list shows in one cell: an address, or first and last name. */
export const MAX_SEARCH_LENGTH = 320;

/** Which accounts, in which order. All conditions have to hold. */
export class UserExportQueryDto {
  @ApiPropertyOptional({
    type: String,
    maxLength: MAX_SEARCH_LENGTH,
    description:
      'Words, such as `ann exam`, that all have to appear in the username, the email address or a name. Upper and lower case, accents and both spellings of a domain are the same. A word of one or two letters is looked for where a word begins; in Chinese, Japanese and Korean, anywhere.',
  })
  @Normalized(withoutPadding)
  @IsOptional()
  @IsString({ message: 'The search must be text.' })
  @MaxLength(MAX_SEARCH_LENGTH, {
    message: `The search must have at most ${MAX_SEARCH_LENGTH} characters.`,
  })
  @OneLine('The search')
  search?: string;

  @ApiPropertyOptional({ type: String, description: 'The name of a role, such as `editor`.' })
  @Normalized(normalizeRoleText)
  @IsOptional()
  @IsString({ message: 'The role must be text.' })
  @MaxLength(150, { message: 'This is no role.' })
  @OneLine('The role')
  role?: string;

  @ApiPropertyOptional({ enum: ['true', 'false'] })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'isActive must be true or false.' })
  isActive?: 'true' | 'false';

  @ApiPropertyOptional({ enum: ['true', 'false'] })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'isSuperuser must be true or false.' })
  isSuperuser?: 'true' | 'false';

  @ApiPropertyOptional({
    type: String,
    description:
      'Accounts that hold this permission, such as `articles.publish`: active ones, superusers included.',
  })
  @Normalized(withoutPadding)
  @IsOptional()
  @IsString({ message: 'The permission must be text.' })
  @MaxLength(100, { message: 'This is no permission.' })
  @OneLine('The permission')
  permission?: string;

  @ApiPropertyOptional({ enum: ORDERS, default: 'username' })
  @IsIn(ORDERS, { message: `The order must be one of ${ORDERS.join(', ')}.` })
  order: (typeof ORDERS)[number] = 'username';
}

/** A page of them. */
export class UserQueryDto extends UserExportQueryDto implements PageQuery {
  @PageLimit()
  limit: number = DEFAULT_LIMIT;

  @PageCursor()
  cursor?: string;
}
