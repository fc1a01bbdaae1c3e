const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host, as it stands in a URL, is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}
