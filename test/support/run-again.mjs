// Runs programs that end again and again, in one process. A command has ended when nothing is left to
// be done, which is when a process of its own would have ended, and a start that fails when it asks for the end.
import { pathToFileURL } from 'node:url';

let runs = 0;
let ended = 0;

process.on('message', ({ file, words, variables, folder }) => {
  process.channel.unref();
  process.exitCode = 0;
  process.chdir(folder);
  process.argv.splice(2, Infinity, ...words);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, variables);
  void import(`${pathToFileURL(file).href}?${++runs}`);
});

process.on('beforeExit', end);
process.exit = end;

function end(code = process.exitCode) {
  if (ended === runs) return;
  ended = runs;
  process.channel.ref();
  for (const stream of [process.stdout, process.stderr]) stream.write(`\0${code}\n`);
}
