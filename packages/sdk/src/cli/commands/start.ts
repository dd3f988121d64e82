import { join } from "node:path";
import type { Command } from "commander";
import { findExample } from "../../demo/examples.ts";
import { expandText } from "../../demo/expand.ts";
import { loadMesh, loadPlan } from "../../demo/load.ts";
import { writeMesh } from "../../demo/write-mesh.ts";
import { setUpEngine } from "../../serve/engine.ts";
import type { ServeFlags } from "../../serve/flags.ts";
import type { Invocation } from "../invocation.ts";
import { addServeOptions } from "./serve.ts";

/** `start`: the standalone server on an embedded example, with plaintext xDS on loopback. What `pnpm start` runs. */
export function addStartCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command("start")
    .description("run the control plane on an embedded example mesh, and print what to try")
    .argument("[example]", "an embedded example (default: the first), or the path of a folder");
  addServeOptions(command).action(async (example: string | undefined, flags: ServeFlags) => {
    const directory = await findExample(example);
    const plan = await loadPlan(directory);
    const mesh = join(invocation.data, "example");
    const files = [...(await loadMesh(directory))].map(
      ([name, text]) => [name, expandText(text, plan, "loopback")] as const,
    );
    await writeMesh(mesh, files);
    const xdsPlaintext = flags.xdsPlaintext === "off" ? "127.0.0.1:15010" : flags.xdsPlaintext;
    setUpEngine();
    const { serve } = await import("../../serve/serve.ts");
    await serve({ ...flags, config: [mesh], xdsPlaintext, tryHost: firstHost(plan.steps) }, invocation);
  });
}

/** The host that the example's first step resolves. */
function firstHost(steps: readonly { readonly kind: string; readonly host?: string }[]): string | undefined {
  return steps.find((step) => step.kind === "resolve")?.host;
}
