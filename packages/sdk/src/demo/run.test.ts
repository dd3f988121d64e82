import { expect, test } from "vitest";
import { recordedTerminal } from "../testing/recorded-terminal.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { runChild } from "./child.ts";
import { type PlannedStep, stepKinds } from "./plan.ts";
import { runSteps } from "./run.ts";
import { createServerProcess } from "./server-process.ts";
import type { Stage } from "./stage.ts";
import { titleOf } from "./steps/run-step.ts";

/** A stage on which these proxies report these statistics, and nothing else can be done. */
function stageOf(steps: readonly PlannedStep[], stats: ReadonlyMap<string, number>): Stage & { kept: boolean } {
  const stage = {
    kept: false,
    ground: "loopback",
    plan: { title: "", variables: new Map(), machine: undefined, proxies: [{ name: "a" }], applications: [], steps },
    directory: "/somewhere",
    keepDirectory: () => {
      stage.kept = true;
    },
    stats: async () => stats,
    portolan: async () => ({ code: 1, out: "", err: "error: no\n" }),
  };
  return stage as unknown as Stage & { kept: boolean };
}

test("each step is printed with its proof, and all passed is true", async () => {
  const terminal = recordedTerminal();
  const stage = stageOf([{ kind: "accepted" }], new Map([["listener_manager.lds.update_success", 3]]));
  expect(await runSteps(stage, terminal)).toBe(true);
  expect(terminal.written.out).toBe(
    "ok     1. Envoy accepted everything that it was sent\n          3 updates accepted by 1 proxies, none rejected\nall 1 steps passed\n",
  );
  expect(stage.kept).toBe(false);
});

test("a step that fails or throws is FAILED, later ones still run, and the logs are kept", async () => {
  const terminal = recordedTerminal();
  const rejected = new Map([["listener_manager.lds.update_rejected", 1]]);
  const stage = stageOf(
    [
      { kind: "accepted" },
      { kind: "resolve", host: "a.global" },
      { kind: "expose", name: "till", namespace: "shop", address: "127.0.0.1", port: "http:80" },
    ],
    rejected,
  );
  expect(await runSteps(stage, terminal)).toBe(false);
  const { out } = terminal.written;
  expect(out.match(/^FAILED /gm)).toHaveLength(3);
  expect(out).toContain("a listener_manager.lds.update_rejected 1");
  expect(out).toContain("$ portolan add-to-mesh external-service till 127.0.0.1 http:80 -n shop");
  expect(out.endsWith("3 of 3 steps failed; logs are in /somewhere\n")).toBe(true);
  expect(stage.kept).toBe(true);
});

test("what is aborted says no more, and keeps nothing", async () => {
  const terminal = recordedTerminal();
  const controller = new AbortController();
  const stage = stageOf([{ kind: "accepted" }, { kind: "accepted" }], new Map([["a.update_rejected", 1]]));
  const running = runSteps(stage, terminal, controller.signal);
  controller.abort();
  expect([await running, terminal.written.out, stage.kept]).toEqual([false, "", false]);
});

test("every kind of step has a title", () => {
  for (const kind of stepKinds) expect(titleOf({ kind, over: [], snis: [] } as unknown as PlannedStep)).toMatch(/.{5}/);
});

test("a server that ends while it is waited for is an error with its last words, and is waited for no longer", async () => {
  await using folder = await temporaryFolder();
  const script =
    "console.error('noise'); console.error('error: the port is taken\\n  by somebody'); process.exitCode = 69";
  const options = {
    self: [process.execPath, "-e", script, "--"],
    mesh: folder.path,
    directory: folder.path,
    flags: [],
  };
  const server = createServerProcess(options);
  expect(() => server.ports()).toThrow(/has not been started/);
  await expect(server.start()).rejects.toMatchObject({
    code: "failed",
    message: "the control plane ended with exit code 69:\nerror: the port is taken\n  by somebody",
  });
  await server[Symbol.asyncDispose]();

  // A process that did this alone ends: nothing polls on.
  const module = new URL("./server-process.ts", import.meta.url).href;
  const alone = `const { createServerProcess } = await import(${JSON.stringify(module)});
    await createServerProcess(${JSON.stringify(options)}).start().catch((error) => console.log(error.code));`;
  const ended = await runChild([process.execPath, "--input-type=module", "-e", alone]);
  expect([ended.code, ended.out]).toEqual([0, "failed\n"]);
});
