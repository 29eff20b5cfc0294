// Processes as the kernel reports them: memory, processor time, the cores they may run on.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const TICKS_A_SECOND = 100; // USER_HZ: the unit of proc(5), on every architecture of Debian

/** What `read` returns, or `otherwise` for a process that has just ended. */
function orGone(read, otherwise) {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return otherwise;
    throw error;
  }
}

/** A process and all of its descendants. */
export function family(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    orGone(() => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean), []),
  );
  return [Number(pid), ...children.flatMap((child) => orGone(() => family(Number(child)), []))];
}

/** Resident memory in bytes, of a process and its children. */
export function residentMemory(pid) {
  const each = family(pid).map((one) => Number(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8').match(/^Rss:\s+(\d+) kB/m)[1]));
  return each.reduce((sum, kibibytes) => sum + kibibytes * 1024, 0);
}

const taskNanoseconds = (pid, task) =>
  orGone(() => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0);

/** Processor time of all threads of a process and of its children, in seconds: the scheduler's own figure, not sampled. */
export function processorSeconds(pid) {
  const each = family(pid).flatMap((one) =>
    orGone(() => readdirSync(`/proc/${one}/task`).map((task) => taskNanoseconds(one, task)), []),
  );
  return each.reduce((sum, nanoseconds) => sum + nanoseconds / 1e9, 0);
}

/** The fields of /proc/PID/stat from the third on. */
function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
}

/** Processor time of those children of a process that have ended, in seconds, to a hundredth. */
export function endedSeconds(pid) {
  const [user, system] = statOf(pid).slice(13, 15);
  return (user + system) / TICKS_A_SECOND;
}

/** The kernel's first thread, the parent of those that do its work: the network's and the disk's, which is ours. */
const KTHREADD = 2;

/** Processor time of this process, of all that it ever started, and of the kernel's own threads, in seconds. */
function ownSeconds() {
  const kernel = orGone(() => family(KTHREADD), []); // not seen from within a container
  const ticks = [...family(process.pid), ...kernel].map((pid) => orGone(() => statOf(pid).slice(11, 15), [0, 0, 0, 0]));
  return ticks.flat().reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

/** Expands the kernel's notation of a set of cores, such as 0-1,4. */
const expand = (list) =>
  list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

// Read once, before main.mjs leaves the measured core to the server.
const given = expand(readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\s+(\S+)/m)[1]);

/**
 * The first core is for the measured program only; the second is for the generator; whatever else runs has all
 * but the first. With one core alone, all share it.
 */
export const cores = {
  count: given.length,
  measured: String(given[0]),
  generator: String(given[1] ?? given[0]),
  all: given.join(','),
  others: given.length > 1 ? given.slice(1).join(',') : String(given[0]),
};

/** Binds a process, its threads and its children to these cores, given in taskset's notation. */
export function pin(pid, list) {
  for (const each of family(pid)) execFileSync('taskset', ['-a', '-c', '-p', list, String(each)], { stdio: 'ignore' });
}

/** Seconds in which the given cores did anything, for anybody, a hypervisor's other guests included. */
function busySeconds() {
  const lines = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = given.map((core) => {
    const [user, nice, system, , , irq, softirq, steal] = lines
      .find((line) => line.startsWith(`cpu${core} `))
      .trim().split(/\s+/).slice(1).map(Number);
    return user + nice + system + irq + softirq + steal;
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

/** Begins to watch the machine; the function it returns says which share of one core others have used since. */
export function watchOthers() {
  const [start, busy, own] = [performance.now(), busySeconds(), ownSeconds()];
  return () => {
    const others = busySeconds() - busy - (ownSeconds() - own);
    return Math.max(0, others) / ((performance.now() - start) / 1000);
  };
}
