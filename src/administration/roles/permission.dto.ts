/** Something that can be granted. */
export class PermissionDto {
  /** @example articles.publish */
  codename!: string;
  /** @example "Publish articles" */
  description!: string;
}
