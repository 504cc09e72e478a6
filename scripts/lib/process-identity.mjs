// A process id alone is not an identity: ids are used again. With its start time it is.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process was started, in the system's own units; undefined when there is no such process (or only a zombie).
 * @param {number} pid
 * @returns {string | undefined}
 */
export function startTimeOf(pid) {
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/**
 * Whether the very process that was noted down still runs.
 * @param {{ pid: number, startTime?: string }} noted
 */
export function isAlive({ pid, startTime }) {
  const now = startTimeOf(pid);
  return now !== undefined && (startTime === undefined || startTime === now);
}

/**
 * The command line of a process; empty when it cannot be read.
 * @param {number} pid
 */
export function commandLineOf(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

/**
 * The parent of a process; undefined when there is no such process.
 * @param {number} pid
 * @returns {number | undefined}
 */
export function parentOf(pid) {
  if (process.platform === 'linux') return Number(statFields(pid)?.[1]) || undefined;
  return Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).stdout) || undefined;
}

function startTimeFromProc(pid) {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

// proc(5): the name in brackets may hold spaces; after it come the state, the parent, and as the 20th the start time.
function statFields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid) {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...started] = (ps.stdout ?? '').trim().split(/\s+/);
  return ps.status !== 0 || state.startsWith('Z') ? undefined : started.join(' ');
}
