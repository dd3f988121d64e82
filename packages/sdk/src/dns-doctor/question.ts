import type { DnsAnswer, DnsQuery } from "@portolan/dns";
import type { DnsMachine } from "./machine.ts";

/** What is asked along the chain: a name of the mesh, or a suffix where no name is known. */
export interface ChainQuestion {
  readonly name: string;
  readonly type: "A" | "AAAA" | "SOA";
}

export type Outcome =
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  /** It knows the suffix. */
  | { readonly kind: "known" }
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly rcode: string }
  | { readonly kind: "silent"; readonly reason: string };

export async function askFor(
  machine: Pick<DnsMachine, "ask">,
  question: ChainQuestion,
  where: Pick<DnsQuery, "server" | "port" | "tcp">,
): Promise<Outcome> {
  try {
    return outcomeOf(await machine.ask({ ...question, ...where }), question);
  } catch (error) {
    return { kind: "silent", reason: error instanceof Error ? error.message : String(error) };
  }
}

function outcomeOf({ rcode, answers }: DnsAnswer, { type }: ChainQuestion): Outcome {
  if (rcode !== "NOERROR") return { kind: "refused", rcode };
  if (type === "SOA") return answers.some((record) => record.type === "SOA") ? { kind: "known" } : { kind: "empty" };
  const addresses = answers.filter((record) => record.type === type).map(({ value }) => value);
  return addresses.length === 0 ? { kind: "empty" } : { kind: "addresses", addresses: addresses.sort() };
}

/** The same answer as another: addresses in any order. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  if (a.kind !== "addresses" || b.kind !== "addresses") return a.kind === b.kind;
  return a.addresses.join() === b.addresses.join();
}

export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "addresses":
      return outcome.addresses.join(", ");
    case "known":
      return "it knows the suffix";
    case "empty":
      return "NOERROR, and no address";
    case "refused":
      return outcome.rcode;
    case "silent":
      return outcome.reason;
  }
}
