// A process as the kernel reports it: memory, processor time, the cores it may run on.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const TICKS_A_SECOND = 100; // USER_HZ: the unit of proc(5), on every architecture of Debian

/** Resident memory in bytes. */
export function residentMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(rollup.match(/^Rss:\s+(\d+) kB/m)[1]) * 1024;
}

/** Processor time of all its threads, in seconds. */
export function processorSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);

/** Binds a process, its threads and its children to these cores, given in taskset's notation. */
export function pin(pid, cores) {
  for (const each of [pid, ...children(pid)]) execFileSync('taskset', ['-a', '-c', '-p', cores, String(each)]);
}

/** The last core is for the measured program only; everything else gets the others. */
export function cores() {
  const last = availableParallelism() - 1;
  return last === 0 ? { measured: '0', others: '0' } : { measured: String(last), others: `0-${last - 1}` };
}
