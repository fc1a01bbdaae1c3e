import { CurrentPasswordDto } from './current-password.dto.js';

/** Proof that it is the owner who deletes the account. */
export class DeleteMeDto extends CurrentPasswordDto {}
