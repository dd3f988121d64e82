import type { DiagnosisStep } from "@portolan/agent";
import { parseResolvConf, type ResolvConf } from "@portolan/dns";
import type { IpAddress } from "@portolan/model";
import type { Chained } from "../dns-chain/chained.ts";
import { checkHosts, checkNsswitch } from "./check-hosts.ts";
import { checkDnsmasq, checkResolved, type Resolver, remedyFor, resolverAt } from "./check-resolvers.ts";
import { checkServer } from "./check-server.ts";
import { type DnsMachine, readText } from "./machine.ts";
import { askFor, type ChainQuestion, describeOutcome, type Outcome, sameOutcome } from "./question.ts";
import { failed, passed, skipped } from "./step.ts";

export interface DnsDiagnosis {
  readonly chained: Chained;
  /** A name of the mesh that has an address; without one, a suffix is asked for. */
  readonly name: string | undefined;
  readonly machine: DnsMachine;
}

/**
 * Follows the chain from our server to the C library: the first step that failed is the link that is broken. What cannot be told, since
 * an earlier link is broken, is skipped.
 */
export async function* diagnoseDns({ chained, name, machine }: DnsDiagnosis): AsyncGenerator<DiagnosisStep> {
  const wanted: ChainQuestion =
    name === undefined ? { name: chained.suffixes[0] ?? "global", type: "SOA" } : { name, type: "A" };
  const { steps, question, truth } = await checkServer(machine, chained.server, wanted);
  yield* steps;
  yield await checkNsswitch(machine.files);
  if (name !== undefined) yield await checkHosts(machine.files, question, truth);

  const text = await readText(machine.files.resolvConf);
  const conf = parseResolvConf(text ?? "");
  const [first] = conf.nameservers;
  if (first === undefined) {
    const detail = `${machine.files.resolvConf} ${text === undefined ? "cannot be read" : "names no nameserver"}`;
    yield failed(
      "resolv.conf",
      detail,
      "name one: the DNS server itself if it has port 53, or a resolver that asks it",
    );
    return;
  }
  const resolver = await resolverAt(first, chained, machine.files);
  yield passed("resolv.conf", `first nameserver ${first} (${resolver === "ours" ? "our server" : resolver})`);
  yield await checkResolved(resolver, chained, machine.files);
  yield await checkDnsmasq(resolver, chained, { machine, question, truth });
  const known = truth.kind === "addresses" || truth.kind === "known";
  if (!known) {
    const why = truth.kind === "silent" ? "our own server did not answer" : "our own server does not know the name";
    return yield skipped(`nameserver ${first}`, why);
  }
  yield await checkNameserver({ machine, first, resolver, chained, question, truth });
  if (name === undefined) return;
  yield await checkSearch(machine, conf, first, question, truth);
  yield await checkSystem(machine, question, truth);
}

interface Asked {
  readonly machine: DnsMachine;
  readonly first: IpAddress;
  readonly resolver: Resolver;
  readonly chained: Chained;
  readonly question: ChainQuestion;
  readonly truth: Outcome;
}

/** Whether the machine's first nameserver gives the same answer as we do. */
async function checkNameserver({ machine, first, resolver, chained, question, truth }: Asked): Promise<DiagnosisStep> {
  const step = `nameserver ${first}`;
  const said = await askFor(machine, question, { server: first, port: 53 });
  if (sameOutcome(said, truth)) return passed(step, `${question.name}: ${describeOutcome(said)}`);
  if (said.kind === "silent") {
    const { address, port } = chained.server;
    const own = address === first ? `our server there listens on port ${port}, and resolv.conf knows no ports: ` : "";
    return failed(step, said.reason, `${own}start it, or put another first`);
  }
  if (said.kind === "empty" && truth.kind === "addresses") {
    const detail = `it strips ${describeOutcome(truth)} from the answer for ${question.name}`;
    return failed(step, detail, "let it answer such addresses (dnsmasq: rebind-domain-ok; unbound: private-domain)");
  }
  const detail = `${question.name}: ${describeOutcome(said)}, in the place of ${describeOutcome(truth)}`;
  return failed(step, detail, remedyFor(resolver, chained));
}

/** A name with fewer dots than `ndots` is first asked for below each search suffix: somebody's wildcard there would answer. */
async function checkSearch(
  machine: DnsMachine,
  { search, ndots }: ResolvConf,
  first: IpAddress,
  { name, type }: ChainQuestion,
  truth: Outcome,
): Promise<DiagnosisStep> {
  const step = "search path";
  const dots = name.split(".").length - 1;
  if (dots >= ndots || search.length === 0) return passed(step, `${name} is asked for as it is`);
  for (const suffix of search) {
    const said = await askFor(machine, { name: `${name}.${suffix}`, type }, { server: first, port: 53 });
    if (said.kind === "addresses" && !sameOutcome(said, truth)) {
      const detail = `ndots:${ndots} has ${name}.${suffix} asked for first, and that has ${describeOutcome(said)}`;
      return failed(step, detail, `set "options ndots:${Math.max(1, dots)}", or take ${suffix} out of the search path`);
    }
    if (said.kind === "addresses") return passed(step, `${name}.${suffix} is answered as ${name}`);
  }
  return passed(step, `ndots:${ndots} costs ${search.length} questions before ${name} itself; "${name}." costs none`);
}

/** What programs see in the end. */
async function checkSystem(machine: DnsMachine, { name, type }: ChainQuestion, truth: Outcome): Promise<DiagnosisStep> {
  const step = "system resolver";
  if (machine.lookUp === undefined) return skipped(step, "the C library of another root cannot be asked");
  const found = (await machine.lookUp(name)).filter((address) => address.includes(":") === (type === "AAAA"));
  const wanted = truth.kind === "addresses" ? truth.addresses : [];
  if (found.length > 0 && found.every((address) => wanted.includes(address))) {
    return passed(step, `programs find ${name} at ${found.join(", ")}`);
  }
  const detail = found.length === 0 ? `programs do not find ${name}` : `programs find ${name} at ${found.join(", ")}`;
  return failed(
    step,
    detail,
    "mend the first step that failed; if none did, a cache (nscd, the program itself) holds an old answer",
  );
}
