import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsISO8601,
  IsOptional,
  IsRFC3339,
  isUUID,
  IsUUID,
  Matches,
  MaxLength,
} from 'class-validator';
import { Normalized } from '../common/normalized.decorator.js';
import { PageQuery } from '../common/page.js';
import { withoutPadding } from '../common/text.js';

/** Ids of rows are stored in lower case. */
function asStored(id: string): string {
  const name = withoutPadding(id);
  return isUUID(name) ? name.toLowerCase() : name;
}

/** Which events. All conditions have to hold. */
export class AuditQueryDto extends PageQuery {
  @ApiPropertyOptional({ type: String, example: 'user.deleted' })
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

  @ApiPropertyOptional({ type: String, example: 'user' })
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
  @IsRFC3339({ message: 'Write the time as 2026-11-21T09:00:00Z.' })
  @IsISO8601({ strict: true }, { message: 'There is no such day.' })
  from?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Before this time.' })
  @IsOptional()
  @IsRFC3339({ message: 'Write the time as 2026-11-21T09:00:00Z.' })
  @IsISO8601({ strict: true }, { message: 'There is no such day.' })
  to?: string;
}
