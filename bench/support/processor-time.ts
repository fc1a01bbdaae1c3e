import { readFile } from 'node:fs/promises';

/** What `getconf CLK_TCK` says on every Linux. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time, its own and the system's for it, that a process has used. Linux only. */
export async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: the state, and from there on fields 14 and 15 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
