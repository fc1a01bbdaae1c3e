/** The `APP_SECRET` of applications under test. */
export const TEST_SECRET = 'a test secret of more than thirty-two bytes, 0123456789';
/** The `PUBLIC_URL` of applications under test. */
export const PUBLIC_URL = 'http://localhost:3000';

/**
 * The environment of an application under test.
 * @param databaseUrl its database
 */
export function testVariables(databaseUrl: string): Record<string, string> {
  return {
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    APP_SECRET: TEST_SECRET,
    PUBLIC_URL,
    BCRYPT_COST: '4',
    // All tests come from one address, and do in a minute what people do in a month.
    THROTTLE_SCALE: '1000000',
    SWAGGER: 'off',
    SHUTDOWN_DELAY: '0s',
  };
}
