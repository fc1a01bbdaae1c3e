/** The origin of `PUBLIC_URL`, as browsers name it in `Origin`. */
export function originIn(publicUrl: string): string {
  return new URL(publicUrl).origin;
}

/** The path of `PUBLIC_URL`, such as `/auth`; empty where the application has a host of its own. */
export function prefixIn(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** A path as our routes know it, whether or not it came with the prefix. */
export function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !hasPrefix(path, prefix)) return path;
  const rest = path.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** A path of ours as browsers have to ask for it. */
export function withPrefix(path: string, prefix: string): string {
  const isOurs = path.startsWith('/') && !path.startsWith('//');
  return !isOurs || hasPrefix(path, prefix) ? path : prefix + path;
}

/** The path of an address. */
export function withoutQuery(address: string): string {
  return address.split('?', 1)[0]!;
}

function hasPrefix(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && /^(?:$|[/?#])/.test(path.slice(prefix.length));
}
