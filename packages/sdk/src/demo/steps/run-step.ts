import type { PlannedStep } from "../plan.ts";
import type { Stage } from "../stage.ts";
import { callStep } from "./call.ts";
import { closedPortStep, closedSniStep } from "./closed.ts";
import { exposeStep, ingressStep, withdrawStep } from "./external.ts";
import { isolationStep } from "./isolation.ts";
import { acceptedStep, outageStep } from "./outage.ts";
import { resolveStep } from "./resolve.ts";
import { spreadStep } from "./spread.ts";
import type { StepResult } from "./step.ts";

/** Does what a step says, and tells what was seen. A proof that fails is a result; only what hinders the step itself throws. */
export function runStep(step: PlannedStep, stage: Stage): Promise<StepResult> {
  switch (step.kind) {
    case "resolve":
      return resolveStep(step, stage);
    case "isolation":
      return isolationStep(step, stage);
    case "call":
      return callStep(step, stage);
    case "spread":
      return spreadStep(step, stage);
    case "closed-port":
      return closedPortStep(step, stage);
    case "closed-sni":
      return closedSniStep(step, stage);
    case "ingress":
      return ingressStep(step, stage);
    case "expose":
      return exposeStep(step, stage);
    case "withdraw":
      return withdrawStep(step, stage);
    case "outage":
      return outageStep(step, stage);
    case "accepted":
      return acceptedStep(step, stage);
  }
}

/** What a step shows, in a line. */
export function titleOf(step: PlannedStep): string {
  switch (step.kind) {
    case "resolve":
      return `${step.host} resolves`;
    case "isolation":
      return `${step.from} reaches its gateway and nothing else`;
    case "call":
      return `${step.from} calls ${step.url}`;
    case "spread":
      return `${step.requests} calls are spread over ${step.over.length} workloads`;
    case "closed-port":
      return `port ${step.port} of ${step.host} is closed`;
    case "closed-sni":
      return `the gateway closes ${step.snis.length} names that lead nowhere, and plaintext`;
    case "ingress":
      return `the gateway takes plain HTTP for ${step.host}`;
    case "expose":
      return `${step.name} of the machine joins the mesh`;
    case "withdraw":
      return `${step.name} leaves the mesh`;
    case "outage":
      return "calls go on while the control plane is dead, and nothing flaps when it is back";
    case "accepted":
      return "Envoy accepted everything that it was sent";
  }
}
