import type { DiagnosisStep } from "@portolan/agent";
import { formatListenAddress, type ListenAddress } from "../listen-address.ts";
import type { DnsMachine } from "./machine.ts";
import { askFor, type ChainQuestion, describeOutcome, type Outcome } from "./question.ts";
import { failed, passed } from "./step.ts";

export interface ServerChecks {
  readonly steps: readonly DiagnosisStep[];
  /** The question that it has an answer to: a name may have IPv6 addresses alone. */
  readonly question: ChainQuestion;
  /** What our server says, to which all others are compared. */
  readonly truth: Outcome;
}

/** The first link: our own server, over UDP and TCP. */
export async function checkServer(
  machine: DnsMachine,
  server: ListenAddress,
  wanted: ChainQuestion,
): Promise<ServerChecks> {
  const place = formatListenAddress(server);
  const where = { server: server.address, port: server.port };
  const first = await askFor(machine, wanted, where);
  const six: ChainQuestion = { ...wanted, type: "AAAA" };
  const other = first.kind === "empty" && wanted.type === "A" ? await askFor(machine, six, where) : undefined;
  const [question, udp] = other?.kind === "addresses" ? [six, other] : [wanted, first];
  const tcp = await askFor(machine, question, { ...where, tcp: true });
  const start = `start it (portolan serve --dns ${place}), or name it with --server IP:PORT`;
  const firewall = "something between lets the one through and not the other: open both UDP and TCP";
  const transport = (name: string, outcome: Outcome, other: Outcome) =>
    outcome.kind === "silent"
      ? failed(`server ${name}`, outcome.reason, other.kind === "silent" ? start : firewall)
      : passed(`server ${name}`, `${place} answers`);
  const steps = [transport("UDP", udp, tcp), transport("TCP", tcp, udp)];
  const truth = udp.kind === "silent" ? tcp : udp;
  if (truth.kind !== "silent") steps.push(checkName(question, truth, place));
  return { steps, question, truth };
}

function checkName({ name, type }: ChainQuestion, truth: Outcome, place: string): DiagnosisStep {
  const step = type === "SOA" ? `suffix ${name}` : `name ${name}`;
  if (truth.kind === "addresses" || truth.kind === "known") return passed(step, describeOutcome(truth));
  if (truth.kind === "refused" && truth.rcode === "SERVFAIL") {
    return failed(step, `SERVFAIL of ${place}`, "the server has no mesh yet: look at its /ready and its log");
  }
  const undeclared =
    type === "SOA"
      ? "it is not a suffix of this mesh: name those that are with --suffix"
      : "declare it by a Service or a ServiceEntry that this client sees (exportTo), or name another with --name";
  return failed(step, `${describeOutcome(truth)}, says ${place}`, undeclared);
}
