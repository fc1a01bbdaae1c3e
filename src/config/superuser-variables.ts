/** The first superuser as `createsuperuser --noinput` is told by the environment. */
export function superuserVariables(): Partial<Record<'username' | 'email' | 'password', string>> {
  const { SUPERUSER_USERNAME, SUPERUSER_EMAIL, SUPERUSER_PASSWORD } = process.env;
  return { username: SUPERUSER_USERNAME, email: SUPERUSER_EMAIL, password: SUPERUSER_PASSWORD };
}
