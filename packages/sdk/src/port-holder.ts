import { readdir, readFile, readlink } from "node:fs/promises";

/** Names the process that listens on a TCP or UDP port, where /proc shows it: `envoy (pid 4711)`. */
export async function findPortHolder(port: number, protocol: "tcp" | "udp"): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const file of [`/proc/net/${protocol}`, `/proc/net/${protocol}6`]) {
    const text = await readFile(file, "utf8").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      const local = Number.parseInt(fields[1]?.split(":")[1] ?? "", 16);
      const listening = protocol === "udp" || fields[3] === "0A";
      if (local === port && listening && fields[9] !== undefined) inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (!inodes.has(target)) continue;
      const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a process")).trim();
      return `${name} (pid ${pid})`;
    }
  }
  return undefined;
}
