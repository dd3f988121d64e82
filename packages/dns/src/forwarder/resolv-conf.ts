import { type IpAddress, parseIpAddress } from "@portolan/model";

/** What `/etc/resolv.conf` says, as far as it concerns us (resolv.conf(5)). */
export interface ResolvConf {
  /** In order; those with a zone id (`fe80::1%eth0`) are left out. The C library asks the first three alone, we ask all. */
  readonly nameservers: readonly IpAddress[];
  /** The last `search` or `domain` line counts. */
  readonly search: readonly string[];
  /** 1 unless said, at most 15. */
  readonly ndots: number;
}

/** Lines that mean nothing to us, or are wrong, are passed over, as the C library does. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: IpAddress[] = [];
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === "nameserver" && values[0] !== undefined) {
      const address = parseIpAddress(values[0]);
      if (address.ok && !nameservers.includes(address.value)) nameservers.push(address.value);
    } else if (keyword === "search") search = values;
    else if (keyword === "domain") search = values.slice(0, 1);
    else if (keyword === "options") {
      for (const value of values) {
        const dots = /^ndots:(\d{1,3})$/.exec(value)?.[1];
        if (dots !== undefined) ndots = Math.min(15, Number(dots));
      }
    }
  }
  return { nameservers, search, ndots };
}
