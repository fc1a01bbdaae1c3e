// Writes the declarations of dist, as a whole build does, where a quick one has left them out or as they were.
import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
import { STAMP } from './build.mjs';

const DECLARED = 'dist/.declared';
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modified(DECLARED) < modified(STAMP)) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const { fileNames, options } = ts.getParsedCommandLineOfConfigFile(
    'tsconfig.build.json',
    {},
    host,
  );
  const program = ts.createProgram(fileNames, {
    ...options,
    noCheck: true,
    emitDeclarationOnly: true,
  });
  // Two processes may be at it, and a third one may read.
  program.emit(undefined, (file, text) => {
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  });
  writeFileSync(DECLARED, '');
  const { atime, mtime } = statSync(STAMP);
  utimesSync(DECLARED, atime, mtime);
}
