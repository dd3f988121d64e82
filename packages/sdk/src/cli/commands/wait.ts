import { type Command, Option } from "commander";
import type { AppliedResult } from "../../control-plane/applied.ts";
import { nameOfNode } from "../../control-plane/node-name.ts";
import { parseDuration } from "../../duration.ts";
import { SdkError } from "../../error.ts";
import type { Invocation } from "../invocation.ts";

interface Flags {
  readonly for: "applied";
  readonly revision?: string;
  readonly proxy?: readonly string[];
  readonly timeout: string;
  readonly failOnRejected?: boolean;
}

/** `wait --for applied`: ends when the connected proxies have what was written. */
export function addWaitCommand(program: Command, invocation: Invocation): void {
  program
    .command("wait")
    .description(
      "wait until the connected proxies have answered a revision; exit code 1 where the time is over first. What a proxy " +
        "has rejected is an answer: it is told, and with --fail-on-rejected exits with 1 as well",
    )
    .addOption(new Option("--for <condition>", "what is waited for").choices(["applied"]).makeOptionMandatory())
    .option("--revision <number>", "the revision, as a write printed it (default: the newest)")
    .option(
      "--proxy <name...>",
      "only this proxy, NAME or NAME.NAMESPACE; it is waited for if it is not connected; several may be given",
    )
    .option("--timeout <duration>", "how long", "30s")
    .option(
      "--fail-on-rejected",
      "exit with 1 also where a proxy has rejected something, now or earlier, and lacks it still",
    )
    .action(async ({ revision, proxy, timeout, failOnRejected = false }: Flags) => {
      const timeoutMs = parseDuration(timeout, "--timeout");
      if (revision !== undefined && !/^\d+$/.test(revision)) {
        throw new SdkError("usage", `--revision "${revision}" is not a whole number`);
      }
      const query = new URLSearchParams({
        timeoutMs: String(timeoutMs),
        ...(revision === undefined ? {} : { revision }),
      });
      for (const name of proxy ?? []) query.append("proxy", name);
      const answer = await invocation.client().get<AppliedResult>(`/api/v1/applied?${query}`, timeoutMs);
      const { rejected = [] } = answer;
      for (const { proxy: name, reason } of rejected) {
        invocation.terminal.talk(`warning: ${nameOfNode(name)} does not have everything: ${reason}\n`);
      }
      if (answer.applied && failOnRejected && rejected.length > 0) {
        const names = rejected.map((one) => nameOfNode(one.proxy)).join(", ");
        throw new SdkError("failed", `revision ${answer.revision} is answered by all, and not accepted by ${names}`);
      }
      if (answer.applied) {
        const but = rejected.length === 0 ? "" : ", but for what was rejected";
        return invocation.terminal.out(`revision ${answer.revision} is applied${but}\n`);
      }
      const late = answer.waiting.map(
        (name, at) => `${nameOfNode(name)} (${answer.reasons?.[at] ?? "no reason is known"})`,
      );
      const reason = late.length === 0 ? "it is not published" : `not by ${late.join(", ")}`;
      throw new SdkError("failed", `revision ${answer.revision} is not applied after ${timeout}: ${reason}`);
    });
}
