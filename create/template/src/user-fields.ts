/**
 * The columns that this product adds to accounts. With the first one, name the class in `app.module.ts`:
 * `userFields: AppUser`.
 *
 * ```ts
 * @UserField({ schema: { type: String, nullable: true }, rules: [IsOptional(), IsString(), MaxLength(30)] })
 * @Column('varchar', { length: 30, nullable: true })
 * phone!: string | null;
 * ```
 */
export class AppUser {}

declare module 'gatehouse' {
  interface User extends AppUser {}
}
