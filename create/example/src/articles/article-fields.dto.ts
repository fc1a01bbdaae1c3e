import { PartialType } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, MinLength } from 'class-validator';

// PostgreSQL stores every character but this one.
const WITHOUT_NUL = /^[^\0]*$/;

/** A new draft. */
export class CreateArticleDto {
  /** What readers see first. */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @Matches(WITHOUT_NUL)
  title!: string;

  /** Text of several paragraphs. */
  @IsString()
  @MaxLength(50_000)
  @Matches(WITHOUT_NUL)
  body!: string;
}

/** The fields to change. */
export class EditArticleDto extends PartialType(CreateArticleDto, { skipNullProperties: false }) {}
