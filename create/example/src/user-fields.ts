import { IsOptional, Matches } from 'class-validator';
import { UserField } from 'gatehouse';
import { Column, Unique } from 'typeorm';

/** What this product adds to the accounts of Gatehouse. */
@Unique('users_phone_key', ['phone'])
export class AppUser {
  @UserField({
    schema: { type: String, maxLength: 30, nullable: true, example: '+44 20 7946 0958' },
    rules: [
      IsOptional(),
      Matches(/^\+?[0-9][0-9 ]{4,28}$/, { message: 'Write digits and spaces only.' }),
    ],
    registration: 'optional',
  })
  @Column('varchar', { length: 30, nullable: true })
  phone!: string | null;
}

declare module 'gatehouse' {
  interface User extends AppUser {}
}
