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

// What goes on after an exit would not in a process of its own.
const writers = [process.stdout, process.stderr].map((stream) => {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => write(ended === runs ? '' : chunk, ...rest);
  return write;
});

function end(code = process.exitCode) {
  if (ended === runs) return;
  ended = runs;
  process.channel.ref();
  for (const write of writers) write(`\0${code}\n`);
}
