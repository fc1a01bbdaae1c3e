/** What a version says in the changelog. */
export interface ChangelogSection {
  version: string;
  text: string;
}

const HEADING = /^## (\d+\.\d+\.\d+)\b.*$/gm;

/** The sections of a changelog about the versions after one, up to another, oldest first. */
export function sectionsBetween(
  changelog: string,
  after: string,
  until: string,
): ChangelogSection[] {
  const headings = [...changelog.matchAll(HEADING)];
  return headings
    .map((heading, i) => ({
      version: heading[1]!,
      text: changelog.slice(heading.index + heading[0].length, headings[i + 1]?.index).trim(),
    }))
    .filter(({ version }) => isLater(version, after) && !isLater(version, until))
    .toSorted((a, b) => (isLater(a.version, b.version) ? 1 : -1));
}

function isLater(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split('.').map(Number)) as [
    number[],
    number[],
  ];
  const i = a.findIndex((part, place) => part !== b[place]);
  return i >= 0 && a[i]! > b[i]!;
}
