/** Whether this process runs in production, as far as is known before the configuration was read and found right. */
export function isProduction(): boolean {
  return process.env.NODE_ENV?.trim() === 'production';
}
