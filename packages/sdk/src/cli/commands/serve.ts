import { type Command, Option } from "commander";
import { setUpEngine } from "../../serve/engine.ts";
import type { ServeFlags } from "../../serve/flags.ts";
import { LOG_LEVELS } from "../../telemetry/log-level.ts";
import type { Invocation } from "../invocation.ts";

export function addServeOptions(command: Command): Command {
  return command
    .option("--xds <address>", "xDS over mutual TLS", "127.0.0.1:15012")
    .option(
      "--xds-plaintext <address>",
      "xDS in plaintext, on loopback only; serves no secrets (IP:PORT or off)",
      "off",
    )
    .option("--workers <number>", "threads that serve xDS (0: the main thread)", "0")
    .option(
      "--xds-limit <name=value>",
      "a limit of the xDS server, such as max-connection-age=1h; given again for more",
      (text: string, before: string[] = []) => [...before, text],
    )
    .option(
      "--dns <address>",
      "DNS over UDP and TCP: IP:PORT, given again or separated by commas for more, or off (default: 127.0.0.1:15053)",
      (text: string, before: string[] = []) => [...before, text],
    )
    .option("--dns-workers <number>", "threads that answer DNS over UDP (0: the main thread)", "1")
    .option("--dns-upstream <address...>", "where other names are forwarded (default: /etc/resolv.conf; off: nowhere)")
    .option("--admin <address>", "admin API, health and metrics", "127.0.0.1:15014")
    .option("--advertise <host...>", "further names and addresses of this server, for its certificate")
    .option("--debounce <ms>", "window in which changes behind the first are merged", "10")
    .option("--workload-cert-ttl <duration>", "lifetime of workloads' certificates, such as 1h (default: 24h)")
    .addOption(
      new Option("--mode <mode>", "how traffic reaches the proxies").choices(["bind", "capture"]).default("bind"),
    )
    .option("--strict", "do not start where any object is bad (exit code 65)")
    .addOption(
      new Option("--log <level>", "least severe level that is logged, unless DATA/log-level says another")
        .choices(LOG_LEVELS)
        .default("info"),
    )
    .option("--log-json", "log as JSON lines")
    .addHelpText(
      "after",
      "\nSignals:\n" +
        "  SIGTERM, SIGINT  drain connections and end; a second one ends at once\n" +
        "  SIGHUP           read the certificate authority's files and the level in DATA/log-level again\n",
    );
}

/** `serve`: the standalone server. */
export function addServeCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command("serve")
    .description("run the control plane on folders of Istio and Kubernetes YAML")
    .option("--config <path...>", "files and folders of YAML, watched for changes")
    .option("--check", "read the configuration, say what is wrong with it, and exit");
  addServeOptions(command).action(async (flags: ServeFlags) => {
    setUpEngine();
    const { serve } = await import("../../serve/serve.ts");
    await serve(flags, invocation);
  });
}
