import { CodenameList } from '../../permissions/grant-fields.decorators.js';

/** All the permissions that are to be granted. */
export class SetPermissionsDto {
  @CodenameList({ required: true })
  permissions!: string[];
}
