import type { Hostname } from "./names.ts";

export function isWildcard(host: string): boolean {
  return host.startsWith("*");
}

/** Whether every name that `host` stands for is one that `pattern` stands for: `*` all, `*.shop` every name below `shop`. */
export function covers(pattern: Hostname | "*", host: Hostname): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** The name itself, then the wildcards that cover it, the longest first: `a.b.c`, `*.b.c`, `*.c`, `*`. */
export function* patternsOf(host: Hostname): Generator<Hostname | "*", void, undefined> {
  yield host;
  const labels = host.split(".");
  for (let from = 1; from < labels.length; from++) {
    const pattern = `*.${labels.slice(from).join(".")}` as Hostname;
    if (pattern !== host) yield pattern;
  }
  yield "*";
}
