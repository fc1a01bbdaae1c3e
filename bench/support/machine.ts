import { cpus, totalmem } from 'node:os';

/** The machine in a line: figures of two machines are not to be compared. */
export function describeMachine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const model = cores[0]?.model.replaceAll(/\s+/g, ' ').trim() || process.arch;
  return `${cores.length} × ${model}, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}
