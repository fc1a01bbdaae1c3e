// Writes docs/asvs.md: which requirements of OWASP ASVS 5.0 are met, and by what. Run by `npm run asvs`.
// With --check it writes nothing, and fails when that page is not what would be written. Either way it
// says what is wrong: a requirement without proof, a document that is gone, an id that does not exist.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const REQUIREMENTS = 'docs/asvs/requirements.txt';
const PAGE = 'docs/asvs.md';
/** In the order in which a requirement is met best. */
const STATUSES = ['tested', 'partly', 'documented', 'not applicable yet', 'open'];
const STATUS_OF_NOTE = {
  partly: 'partly',
  doc: 'documented',
  later: 'not applicable yet',
  open: 'open',
};
const CHAPTERS = {
  1: 'Encoding and sanitization',
  2: 'Validation and business logic',
  3: 'Web frontend',
  4: 'API and web service',
  6: 'Authentication',
  7: 'Session management',
  8: 'Authorization',
  9: 'Self-contained tokens',
  10: 'OAuth and OIDC',
  11: 'Cryptography',
  12: 'Secure communication',
  13: 'Configuration',
  14: 'Data protection',
  15: 'Secure coding and architecture',
  16: 'Logging and error handling',
};
/** A title: one string literal on one line with a tag such as `[ASVS 7.4.1, 7.4.2]` in it. */
const TITLE = /(['"`])((?:(?!\1).)*\[ASVS \d[^\]]*\](?:(?!\1).)*)\1/g;
const TAG = / ?\[ASVS (\d[^\]]*)\]/g;

const problems = [];
const requirements = readRequirements();
const tests = readTitles();

for (const { file, title, ids } of tests) {
  for (const id of ids) {
    const requirement = requirements.find((one) => one.id === id);
    if (requirement) requirement.tests.push({ file, title });
    else problems.push(`${file}: ASVS ${id} is not in ${REQUIREMENTS}`);
  }
}
requirements.forEach(judge);

const page = await format(pageOf(), {
  ...(await resolveConfig(PAGE)),
  parser: 'markdown',
});
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page) {
  problems.push(`${PAGE} is not what the tests say: npm run asvs`);
}
console.log([countsOf().join('\n'), ...problems].join('\n'));
process.exitCode = problems.length > 0 ? 1 : 0;

function readRequirements() {
  return readFileSync(REQUIREMENTS, 'utf8')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [id, level, text, note = ''] = line.split('|').map((cell) => cell.trim());
      const [, kind, rest] = /^(\w+) (.+)$/.exec(note) ?? [];
      return { id, level: Number(level), text, kind, rest, tests: [] };
    });
}

function readTitles() {
  const files = ['test', 'src'].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true }).map((name) => join(folder, name))
      : [],
  );
  return files
    .filter((file) => /\.(test|spec)\.ts$/.test(file))
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(TITLE)].map(([, , title]) => ({
        file,
        title: title.replaceAll(TAG, ''),
        ids: [...title.matchAll(TAG)].flatMap(([, ids]) => ids.split(/,\s*/)),
      })),
    );
}

/** Gives a requirement its status, and complains where the note and the tests do not fit. */
function judge(requirement) {
  const { id, level, kind, rest } = requirement;
  const isTested = requirement.tests.length > 0;
  requirement.status = isTested && kind !== 'partly' ? 'tested' : STATUS_OF_NOTE[kind];
  if (!requirement.status) {
    requirement.status = 'open';
    problems.push(`ASVS ${id} has neither a test nor a note that says why`);
  } else if (level === 1 && !isTested && kind !== 'doc') {
    problems.push(`ASVS ${id} is of level 1 and has neither a test nor a document`);
  }
  if (isTested && kind && kind !== 'doc' && kind !== 'partly') {
    problems.push(`ASVS ${id} has a test: its note "${kind} …" is out of date`);
  }
  if (kind === 'doc' && !isThere(rest))
    problems.push(`ASVS ${id} points to ${rest}, which is gone`);
}

/** Whether a document exists, and the heading in it. */
function isThere(link) {
  const [file, anchor] = link.split('#');
  if (!existsSync(file)) return false;
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
  return headings.includes(anchor);
}

function countOf(level, status) {
  return requirements.filter((one) => one.level === level && one.status === status).length;
}

function countsOf() {
  return [1, 2, 3].map((level) => {
    const counts = STATUSES.map((status) => `${countOf(level, status)} ${status}`);
    return `L${level}: ${counts.join(', ')}`;
  });
}

function pageOf() {
  const rows = [1, 2, 3].map((level) => {
    const all = requirements.filter((one) => one.level === level).length;
    return `| L${level} | ${all} | ${STATUSES.map((status) => countOf(level, status)).join(' | ')} |`;
  });
  return `# OWASP ASVS 5.0

The requirements of the [Application Security Verification Standard](https://github.com/OWASP/ASVS) that apply to
Gatehouse, and what shows that they are met. Written by \`npm run asvs\` from the titles of the tests and from
[${REQUIREMENTS}](asvs/requirements.txt); a test fails while this page differs. A requirement is _tested_ only when
taking the control out turns a test red, or when a test is generated over every route, list, way in or recovery.
Where a test shows less than that, it is _partly_ met, with what is missing. What is the business of whoever runs it, and what Gatehouse has no part of (files, GraphQL, WebRTC, being an OAuth provider), is left out.

| level | applicable | ${STATUSES.join(' | ')} |
| --- | --- | ${STATUSES.map(() => '---').join(' | ')} |
${rows.join('\n')}

${Object.keys(CHAPTERS).map(chapterOf).join('\n\n')}
`;
}

function chapterOf(chapter) {
  const own = requirements.filter(({ id }) => id.split('.')[0] === chapter);
  return `## V${chapter} ${CHAPTERS[chapter]}\n\n${own.map(paragraphOf).join('\n\n')}`;
}

function paragraphOf({ id, level, text, status, kind, rest, tests: proofs }) {
  const titles = proofs.map(({ file, title }) => `- \`${title}\` (${file})`);
  const note =
    kind === 'doc'
      ? `- [${rest}](${rest.replace(/^docs\//, '').replace(/^(?=[A-Z])/, '../')})`
      : '';
  const why = kind && kind !== 'doc' && status !== 'tested' ? `: ${rest}` : '';
  const list = [note, ...titles].filter(Boolean).join('\n');
  return `**${id}** (L${level}) ${text}. _${status}${why}_\n\n${list}`.trim();
}
