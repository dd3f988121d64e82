import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { parseResolvConf, parseUpstream } from "@portolan/dns";
import type { Problem } from "@portolan/model";
import { formatProblem } from "@portolan/registry";
import type { Invocation } from "../cli/invocation.ts";
import { paint, type Terminal } from "../cli/terminal.ts";
import { type ControlPlane, createControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlaneOptions } from "../control-plane/options.ts";
import { writePorts } from "../control-plane/ports-file.ts";
import { SdkError } from "../error.ts";
import { type ListenAddress, parseListenAddress } from "../listen-address.ts";
import { startLog } from "../telemetry/log.ts";
import { announcement } from "./announcement.ts";
import type { ServeFlags } from "./flags.ts";

/** Runs the standalone server until SIGINT or SIGTERM. */
export async function serve(flags: ServeFlags, invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  if (flags.check === true) return check(flags, invocation);
  using log = startLog({ level: flags.log, json: flags.logJson === true });
  await using controlPlane = await createControlPlane({
    ...(await optionsOf(flags, invocation)),
    data: invocation.data,
  });
  printProblems(controlPlane.registry.problems(), terminal);
  await writePorts(invocation.data, {
    pid: process.pid,
    ...controlPlane.listening,
    adminSocket: controlPlane.adminSocket,
  });
  terminal.out(announcement(controlPlane, invocation.data, flags.tryHost));
  process.on("SIGHUP", () =>
    log.info("SIGHUP: configuration is watched and certificates renew by themselves; nothing to reread"),
  );
  const signal = await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  terminal.talk(`${String(signal[0] ?? "signal")}: connections are drained\n`);
}

async function check(flags: ServeFlags, { terminal }: Invocation): Promise<void> {
  const { xds: _xds, dns: _dns, admin: _admin, ...options } = await optionsOf(flags, undefined);
  const controlPlane: ControlPlane = await createControlPlane({ ...options, strict: false, listen: "nowhere" });
  const problems = controlPlane.registry.problems();
  await controlPlane.stop();
  printProblems(problems, terminal);
  const bad = problems.filter((problem) => problem.severity === "error").length;
  if (bad > 0) throw new SdkError("bad-data", `${bad} objects are bad`);
  terminal.out(`the configuration is good (${problems.length} remarks)\n`);
}

async function optionsOf(flags: ServeFlags, invocation: Invocation | undefined): Promise<ControlPlaneOptions> {
  const optional = (text: string, flag: string) => (text === "off" ? undefined : parseListenAddress(text, flag));
  return {
    config: flags.config ?? [],
    xds: parseListenAddress(flags.xds, "--xds"),
    xdsPlaintext: optional(flags.xdsPlaintext, "--xds-plaintext"),
    dns: optional(flags.dns, "--dns"),
    dnsUpstreams: await upstreamsOf(flags.dnsUpstream),
    admin: optional(flags.admin, "--admin"),
    advertise: flags.advertise ?? [],
    mode: flags.mode,
    strict: flags.strict === true,
    debounceMs: debounceOf(flags.debounce),
    ...(invocation === undefined ? {} : { data: invocation.data }),
  };
}

/** `off`: nowhere; not given: where the system's own resolver asks. */
async function upstreamsOf(given: readonly string[] | undefined): Promise<readonly ListenAddress[]> {
  if (given?.[0] === "off") return [];
  if (given !== undefined)
    return given.map((text) => {
      const upstream = parseUpstream(text);
      if (!upstream.ok) throw new SdkError("usage", `--dns-upstream: ${upstream.error}`);
      return upstream.value;
    });
  const system = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  return parseResolvConf(system).nameservers.map((address) => ({ address, port: 53 }));
}

function debounceOf(text: string): number {
  const debounceMs = Number(text);
  if (text !== "" && Number.isInteger(debounceMs) && debounceMs >= 0 && debounceMs <= 10_000) return debounceMs;
  throw new SdkError("usage", `--debounce "${text}" is not a number of milliseconds from 0 to 10000`);
}

export function printProblems(problems: readonly Problem[], terminal: Terminal): void {
  for (const problem of problems) {
    const tone = problem.severity === "error" ? "bad" : "quiet";
    terminal.talk(`${paint(terminal, tone, `${problem.severity}:`)} ${formatProblem(problem)}\n`);
  }
}
