import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { type Command, Option } from "commander";
import { parseDuration } from "../../duration.ts";
import { SdkError } from "../../error.ts";
import { type Ending, followSignals } from "../ending.ts";
import { exitCodes } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";

interface Flags {
  readonly target: string;
  readonly streams: string;
  readonly resources?: string;
  readonly sotw?: true;
  readonly trigger?: string;
  readonly rate: string;
  readonly duration: string;
  readonly maxP99?: string;
  readonly node?: string;
  readonly certs?: string;
  readonly serverName?: string;
  readonly output: "table" | "json";
}

/** `bench push`: how fast an xDS server, ours or anyone's, tells many proxies of a change. */
export function addBenchCommands(program: Command, invocation: Invocation): void {
  const bench = program.command("bench").description("measure an xDS server");
  bench
    .command("push")
    .description("connect many streams and measure how long a change takes to reach each of them")
    .requiredOption("--target <host:port>", "the xDS server (ADS)")
    .requiredOption("--streams <n>", "streams, each on a connection of its own")
    .option("--resources <m>", "endpoint names that each stream subscribes to (default: all of the server's clusters)")
    .addOption(new Option("--delta", "incremental streams (the default)").conflicts("sotw"))
    .option("--sotw", "state-of-the-world streams")
    .option(
      "--trigger <cmd|url>",
      "what makes a change: a command, or a URL that is sent a POST; {address} in it becomes an address that no other " +
        "change has, by which merged changes are told apart, {n} the number of the change (default: wait for others' changes)",
    )
    .option("--rate <r>", "changes a second, whether or not earlier ones have arrived", "1")
    .option("--duration <s>", "seconds, or a duration such as 500ms, 30s or 2m", "10")
    .option("--max-p99 <ms>", "exit with 1 where the 99th percentile is above, or a change did not arrive")
    .option("--node <id>", "id of the nodes; {n} in it becomes the stream's number, {ip} an address of its own")
    .option(
      "--certs <dir>",
      "TLS with root-cert.pem, cert-chain.pem and key.pem of this directory (default: plaintext)",
    )
    .option("--server-name <name>", "the name that the server's certificate is checked for (default: the host)")
    .addOption(new Option("-o, --output <format>", "table or json").choices(["table", "json"]).default("table"))
    .action(async (flags: Flags) => {
      const maxP99Ms = flags.maxP99 === undefined ? undefined : numberOf(flags.maxP99, "--max-p99");
      const { host, port } = placeOf(flags.target);
      const tls = flags.certs === undefined ? undefined : await certificatesIn(flags.certs, flags.serverName);
      const { benchNode } = await import("../../bench/bench-node.ts");
      const { benchPush } = await import("../../bench/push-bench.ts");
      const { createTrigger } = await import("../../bench/trigger.ts");
      const namespace = invocation.namespace ?? "default";
      let ending: Ending | undefined;
      const report = await benchPush({
        target: { host, port, tls },
        streams: countOf(flags.streams, "--streams", 100_000),
        resources: flags.resources === undefined ? undefined : countOf(flags.resources, "--resources", 1_000_000),
        dialect: flags.sotw === true ? "sotw" : "delta",
        node: (stream) => benchNode(stream, namespace, flags.node),
        trigger: flags.trigger === undefined ? undefined : createTrigger(flags.trigger),
        rate: numberOf(flags.rate, "--rate"),
        durationMs: runMsOf(flags.duration),
        served: (served, resources) => {
          if (resources === 0) {
            invocation.terminal.talk("no cluster has its endpoints over xDS, so only changes of clusters are seen\n");
          }
          const plan = flags.trigger === undefined ? "waiting for changes" : `${flags.rate} changes a second`;
          invocation.terminal.talk(
            `${served} streams are served; ${plan}, for ${spanOf(flags.duration)} (Ctrl-C: until then)\n`,
          );
          ending = followSignals();
          return ending.signal;
        },
      }).finally(() => ending?.[Symbol.dispose]());
      if (flags.output === "json") invocation.terminal.out(`${JSON.stringify(report, null, 2)}\n`);
      else {
        const { formatPushReport } = await import("../../bench/push-report.ts");
        invocation.terminal.out(formatPushReport(report));
      }
      if (ending?.signal.aborted === true) {
        invocation.terminal.talk("interrupted: this is what was measured until then\n");
        return invocation.exit(exitCodes.failure);
      }
      if (maxP99Ms === undefined) return;
      if (report.push.p99Ms > maxP99Ms || report.missing > 0 || report.push.count === 0) {
        const reason =
          report.push.count === 0
            ? "no change was received"
            : `p99 is ${report.push.p99Ms.toFixed(2)} ms, ${report.missing} changes did not arrive`;
        invocation.terminal.talk(`--max-p99 ${maxP99Ms}: ${reason}\n`);
        invocation.exit(exitCodes.failure);
      }
    });
}

function placeOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new SdkError("usage", `--target "${text}" is not HOST:PORT`);
  }
  return { host, port };
}

function countOf(text: string, flag: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new SdkError("usage", `${flag} "${text}" is not a whole number from 1 to ${most}`);
}

function numberOf(text: string, flag: string): number {
  const value = Number(text);
  if (text !== "" && value > 0 && value <= 1_000_000) return value;
  throw new SdkError("usage", `${flag} "${text}" is not a number above 0`);
}

/** A number is seconds. */
function runMsOf(text: string): number {
  if (!/[a-z]$/.test(text)) return numberOf(text, "--duration") * 1000;
  const durationMs = parseDuration(text, "--duration");
  if (durationMs > 0) return durationMs;
  throw new SdkError("usage", `--duration "${text}" is not above 0`);
}

function spanOf(text: string): string {
  return /[a-z]$/.test(text) ? text : `${text} s`;
}

async function certificatesIn(directory: string, serverName: string | undefined): Promise<ConnectionOptions> {
  const read = (file: string) =>
    readFile(join(directory, file)).catch((error: Error) => {
      throw new SdkError("usage", `--certs: ${error.message}`);
    });
  const [ca, cert, key] = await Promise.all([read("root-cert.pem"), read("cert-chain.pem"), read("key.pem")]);
  return { ca, cert, key, ...(serverName === undefined ? {} : { servername: serverName }) };
}
