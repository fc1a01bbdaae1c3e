import { ApiProperty } from '@nestjs/swagger';

/** From where a user has a permission. */
export class PermissionSourceDto {
  @ApiProperty({ enum: ['superuser', 'direct', 'role'] })
  type!: 'superuser' | 'direct' | 'role';
  /**
   * The name of the role, if it is one.
   * @example editor
   */
  role?: string;
}

/** A permission that a user has been given, and why. */
export class SourcedPermissionDto {
  /** @example articles.publish */
  codename!: string;
  /** @example "Publish articles" */
  description!: string;
  /** False when the account is inactive: then nothing that it was given counts. */
  holds!: boolean;
  sources!: PermissionSourceDto[];
}

/** What a user may do, and why: one page of it. */
export class UserPermissionsDto {
  isActive!: boolean;
  isSuperuser!: boolean;
  items!: SourcedPermissionDto[];
  /** Send it as `cursor` for the next page; null on the last. */
  nextCursor!: string | null;
}
