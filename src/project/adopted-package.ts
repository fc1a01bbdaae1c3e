import type { Release } from './releases.js';

type PackageJson = Record<string, Record<string, string> | undefined> & { version?: unknown };

/**
 * The `package.json` of the thin application, with the packages and commands that the clone added to those of the
 * release, and with its own version.
 */
export function adoptedPackage(template: string, clone: string, release: Release): string {
  const fresh = JSON.parse(template) as PackageJson;
  const before = JSON.parse(clone) as PackageJson;
  for (const kind of ['dependencies', 'devDependencies', 'scripts']) {
    const known = kind === 'scripts' ? release.scripts : release.packages;
    const added = Object.entries(before[kind] ?? {}).filter(([name]) => !known.includes(name));
    if (added.length === 0) continue;
    const all = { ...fresh[kind], ...Object.fromEntries(added) };
    fresh[kind] =
      kind === 'scripts'
        ? all
        : Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (before.version !== undefined) fresh.version = before.version;
  return `${JSON.stringify(fresh, null, 2)}\n`;
}
