import { ApiProperty } from '@nestjs/swagger';
/** A named set of permissions. */
export class RoleDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example editor */
  name!: string;
  /** @example "Writes and publishes articles" */
  description!: string;
  /** @example ["articles.publish"] */
  permissions!: string[];
  /** How many accounts have it. */
  @ApiProperty({ type: 'integer' })
  userCount!: number;
}
