// Runs commands of ours one after another, in one process. A command has ended when nothing is left to
// be done, which is when a process of its own would have ended.
const PROGRAM = new URL('../../dist/src/cli.js', import.meta.url).href;

let commands = 0;

process.on('message', ({ words, variables }) => {
  process.channel.unref();
  process.exitCode = 0;
  process.argv.splice(2, Infinity, ...words);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, variables);
  void import(`${PROGRAM}?${++commands}`);
});

let ended = 0;
process.on('beforeExit', (code) => {
  if (ended === commands) return;
  ended = commands;
  process.channel.ref();
  for (const stream of [process.stdout, process.stderr]) stream.write(`\0${code}\n`);
});
