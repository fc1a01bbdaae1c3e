import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, isUUID, IsUUID, Matches, MaxLength } from 'class-validator';
import { DateTime } from '../http/date-time.decorator.js';
import { Normalized } from '../http/normalized.decorator.js';
import { DEFAULT_LIMIT, PageCursor, PageLimit, type PageQuery } from '../http/page.js';
import { withoutPadding } from '../common/text.js';

/** Ids of rows are stored in lower case. */
function asStored(id: string): string {
  const name = withoutPadding(id);
  return isUUID(name) ? name.toLowerCase() : name;
}

/** Which events. All conditions have to hold. */
export class AuditExportQueryDto {
  @ApiPropertyOptional({ type: String, description: 'What happened, such as `user.deleted`.' })
  @Normalized(withoutPadding)
  @IsOptional()
  @Matches(/^[a-z_]+\.[a-z_]+$/, { message: 'An action is written thing.happened.' })
  @MaxLength(60, { message: 'This is no action.' })
  action?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The id of who did it.' })
  @Normalized(withoutPadding)
  @IsOptional()
  @IsUUID('all', { message: 'This is no id of a user.' })
  actorId?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'The kind of what it was done to, such as `user`.',
  })
  @Normalized(withoutPadding)
  @IsOptional()
  @Matches(/^[a-z_]{1,40}$/, { message: 'This is no kind of subject.' })
  subjectType?: string;

  @ApiPropertyOptional({ type: String, description: 'The id of what it was done to.' })
  @Normalized(asStored)
  @IsOptional()
  @Matches(/^[\w.-]{1,100}$/, { message: 'This is no id.' })
  subjectId?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Not before this time.' })
  @IsOptional()
  @DateTime()
  from?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Before this time.' })
  @IsOptional()
  @DateTime()
  to?: string;
}

/** A page of them. */
export class AuditQueryDto extends AuditExportQueryDto implements PageQuery {
  @PageLimit()
  limit: number = DEFAULT_LIMIT;

  @PageCursor()
  cursor?: string;
}
