/** A named set of permissions. */
export class RoleDto {
  id!: string;
  /** @example editor */
  name!: string;
  /** @example "Writes and publishes articles" */
  description!: string;
  /** @example ["articles.publish"] */
  permissions!: string[];
  /** How many accounts have it. */
  userCount!: number;
}
