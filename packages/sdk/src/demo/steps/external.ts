import { eventually, type RunStep } from "./step.ts";

/** An application of the machine joins the mesh by one command. */
export const exposeStep: RunStep<"expose"> = async (step, stage) => {
  const words = ["add-to-mesh", "external-service", step.name, step.address, step.port, "-n", step.namespace];
  const { code, out, err } = await stage.portolan(words);
  return {
    passed: code === 0,
    proof: `${out}${code === 0 ? "" : err}`.trim().split("\n"),
    repeat: `portolan ${words.join(" ")}`,
  };
};

/** It leaves again: the objects are gone, and so is the way to it. */
export const withdrawStep: RunStep<"withdraw"> = async (step, stage) => {
  const before = await stage.call(step.from, step.url);
  const place = `${before.address}:${new URL(step.url).port}`;
  const words = ["remove-from-mesh", "-n", step.namespace, step.name];
  const { code, out, err } = await stage.portolan(words);
  const gone = await eventually(async () => {
    const [outcome] = await stage.reach(step.from, [place]);
    const open = outcome?.open !== false;
    return { passed: !open, proof: [open ? `${place} still takes calls` : `nothing listens on ${place} any more`] };
  });
  return {
    passed: code === 0 && before.address !== "" && gone.passed,
    proof: [...`${out}${code === 0 ? "" : err}`.trim().split("\n"), ...gone.proof],
    repeat: `portolan ${words.join(" ")}`,
  };
};

/** Plain HTTP at the gateway is routed by its Host header. */
export const ingressStep: RunStep<"ingress"> = (step, stage) =>
  eventually(async () => {
    const result = await stage.callDirectly(step.url, step.host);
    return {
      passed: !("failure" in result) && result.status === 200,
      proof: [
        "failure" in result
          ? `no answer: ${result.failure}`
          : `${result.status}, answered by ${String(result.headers["x-application"])}`,
      ],
      repeat: `curl -s -H 'Host: ${step.host}' ${step.url}`,
    };
  });
