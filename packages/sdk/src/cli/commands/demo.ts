import type { Command } from "commander";
import { findExample } from "../../demo/examples.ts";
import { loadMesh, loadPlan } from "../../demo/load.ts";
import { followSignals } from "../ending.ts";
import { exitCodes } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";
import { paint } from "../terminal.ts";

/** `demo [NAME] [--check]`: a server, real Envoys and applications of an example. */
export function addDemoCommand(program: Command, invocation: Invocation): void {
  program
    .command("demo")
    .description("run an example with real Envoys and show each step with its proof")
    .argument("[name]", "an embedded example (default: the first), or the path of a folder")
    .option("--check", "exit after the steps: 0 where all passed, else 1")
    .option("--loopback", "use loopback addresses even as root")
    .action(async (name: string | undefined, flags: { check?: boolean; loopback?: boolean }) => {
      const { terminal, self } = invocation;
      const directory = await findExample(name);
      const [plan, mesh] = await Promise.all([loadPlan(directory), loadMesh(directory)]);
      terminal.out(`${paint(terminal, "out", "strong", plan.title)}\n`);
      const [{ createStage }, { runSteps }] = await Promise.all([
        import("../../demo/create-stage.ts"),
        import("../../demo/run.ts"),
      ]);
      // Ctrl-C takes down what was set up: programs, and the machine's network.
      using ending = followSignals();
      await using stage = await createStage({
        plan,
        mesh,
        self,
        progress: (text) => terminal.talk(`${paint(terminal, "talk", "quiet", text)}\n`),
        signal: ending.signal,
        ...(flags.loopback === true ? { ground: "loopback" } : {}),
      });
      const passed = await Promise.race([runSteps(stage, terminal, ending.signal), ending.wished]);
      if (passed !== true) invocation.exit(exitCodes.failure);
      if (flags.check === true || ending.signal.aborted) return;
      terminal.talk(
        `everything stays up; Ctrl-C ends it. PORTOLAN_DATA=${stage.directory}/data portolan proxy-status shows the proxies\n`,
      );
      await ending.wished;
    });
}
