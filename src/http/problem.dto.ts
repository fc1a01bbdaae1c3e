import { ApiProperty } from '@nestjs/swagger';
/** One thing that is wrong with the request. */
export class FindingDto {
  /**
   * Which field, as a dotted path; empty for the whole body.
   * @example password
   */
  field!: string;
  /**
   * What is wrong, for programs.
   * @example password_too_short
   */
  code!: string;
  /**
   * What is wrong, for people.
   * @example "This password is too short. It must contain at least 8 characters."
   */
  message!: string;
}

/** Every failure, as RFC 9457 describes it. */
export class ProblemDto {
  @ApiProperty({ format: 'uri-reference' })
  type!: string;
  title!: string;
  @ApiProperty({ type: 'integer' })
  status!: number;
  /** What happened, for people. */
  detail!: string;
  /** The path of the request. */
  @ApiProperty({ format: 'uri-reference' })
  instance!: string;
  /** What happened, for programs. */
  code!: string;
  errors!: FindingDto[];
}
