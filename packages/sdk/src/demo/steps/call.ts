import type { CallResult } from "../call.ts";
import { eventually, type RunStep, type StepOf, type StepResult } from "./step.ts";

/** A call through the caller's Envoy is answered by an application, which sees who called. */
export const callStep: RunStep<"call"> = (step, stage) =>
  eventually(async () => {
    const result = await stage.call(step.from, step.url);
    return { ...judge(step, result), repeat: stage.curl(step.from, step.url, result.address) };
  });

function judge(step: StepOf<"call">, result: CallResult): StepResult {
  if ("failure" in result) return { passed: false, proof: [`no answer: ${result.failure}`] };
  const server = String(result.headers.server ?? "");
  const shown = step.identity === undefined || identityShown(result.body) === step.identity;
  const contained = step.contains === undefined || result.body.includes(step.contains);
  const proof = [
    `${result.status}, server: ${server}, answered by ${String(result.headers["x-application"] ?? "nobody")}`,
  ];
  if (step.identity !== undefined) proof.push(`the application saw ${identityShown(result.body) ?? "no identity"}`);
  if (step.contains !== undefined && contained) proof.push(`the page says "${step.contains}"`);
  return { passed: result.status === 200 && server === "envoy" && shown && contained, proof };
}

/** The caller's URI in the X-Forwarded-Client-Cert that the application received. */
function identityShown(body: string): string | undefined {
  return /URI=([^;,"\\]+)/.exec(body)?.[1];
}
