import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { type IpAddress, ipBytes, printable } from "@portolan/model";

/** Names the process that keeps others from an address and port, where /proc shows it: `envoy (pid 4711)`. */
export async function findPortHolder(
  { address, port }: { readonly address: IpAddress; readonly port: number },
  protocol: "tcp" | "udp",
): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const file of [`/proc/net/${protocol}`, `/proc/net/${protocol}6`]) {
    const text = await readFile(file, "utf8").catch(() => "");
    for (const inode of holdersIn(text, address, port, protocol)) inodes.add(`socket:[${inode}]`);
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (!inodes.has(target)) continue;
      if (Number(pid) === process.pid) return `this process itself (pid ${pid})`;
      return `${printable(await nameOf(pid))} (pid ${pid})`;
    }
  }
  return undefined;
}

/** `envoy`, or `node portolan.js`: what Node calls its own main thread (`comm`) tells nothing. */
async function nameOf(pid: string): Promise<string> {
  const [program = "", script = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  if (program === "") return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a process")).trim();
  const words = /^node(js)?$/.test(basename(program)) && !/^(-|$)/.test(script) ? [program, script] : [program];
  return words.map((word) => basename(word)).join(" ");
}

/** Inodes of the sockets in a table of /proc/net (proc(5)) that listen where `address` and `port` would. */
export function holdersIn(table: string, address: IpAddress, port: number, protocol: "tcp" | "udp"): readonly string[] {
  const own = hexOf(address);
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [place = "", state, inode] = [fields[1], fields[3], fields[9]];
      const [host = "", hexPort = ""] = place.split(":");
      const listening = protocol === "udp" || state === "0A";
      const clashes = host === own || /^0+$/.test(host) || /^0+$/.test(own);
      return listening && clashes && Number.parseInt(hexPort, 16) === port && inode !== undefined ? [inode] : [];
    });
}

/** As the kernel prints it: words of four bytes, each with its lowest byte first (on the machines that Node runs on). */
function hexOf(address: IpAddress): string {
  const bytes = [...(ipBytes(address) ?? [])];
  const words = Array.from({ length: bytes.length / 4 }, (_, word) => bytes.slice(word * 4, word * 4 + 4).reverse());
  return words
    .flat()
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}
