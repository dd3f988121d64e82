import { readdirSync, readFileSync } from "node:fs";

// Linux reports times to user space in hundredths of a second, whatever its own clock is.
const TICK_MS = 10;

/** CPU time of a process and all its threads, user and system; undefined where there is no /proc. */
export function cpuMs(pid: number): number | undefined {
  const fields = statOf(pid);
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** CPU time of each thread of that name; empty where that is not told. */
export function threadsCpuMs(pid: number, name: string): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((task) => `/proc/${pid}/task/${task}`)
      .filter((task) => read(`${task}/comm`)?.trim() === name)
      .map((task) => Number(read(`${task}/schedstat`)?.split(" ")[0]) / 1e6);
  } catch {
    return [];
  }
}

/** How long the process's main thread could run and was not let, in ms; undefined where that is not told. */
export function waitedMs(pid: number): number | undefined {
  const nanoseconds = read(`/proc/${pid}/schedstat`)?.split(" ")[1];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/** Resident memory; undefined where there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  return statusBytes(pid, "VmRSS");
}

/** What of it are pages of files, of the program itself above all: other processes share them, and the kernel may drop them. */
export function residentFileBytes(pid: number): number | undefined {
  return statusBytes(pid, "RssFile");
}

function statusBytes(pid: number, field: string): number | undefined {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** How often the process gave up the processor by itself, in all its threads: each time something woke it before. */
export function wakeups(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((task) => read(`/proc/${pid}/task/${task}/status`) ?? "")
      .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0))
      .reduce((sum, count) => sum + count, 0);
  } catch {
    return undefined;
  }
}

/** The fields of /proc/PID/stat behind the name, from the state on. */
function statOf(pid: number): readonly string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
