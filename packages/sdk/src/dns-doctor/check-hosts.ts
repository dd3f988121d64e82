import type { DiagnosisStep } from "@portolan/agent";
import type { DnsFiles } from "./machine.ts";
import { readText } from "./machine.ts";
import type { ChainQuestion, Outcome } from "./question.ts";
import { failed, passed, skipped } from "./step.ts";

/** The hosts file goes before DNS for most programs. */
export async function checkHosts(files: DnsFiles, question: ChainQuestion, truth: Outcome): Promise<DiagnosisStep> {
  const step = "hosts file";
  const text = await readText(files.hosts);
  if (text === undefined) return skipped(step, `${files.hosts} cannot be read`);
  const listed = addressesIn(text, question.name);
  if (listed.length === 0) return passed(step, `${files.hosts} does not speak of ${question.name}`);
  if (truth.kind === "addresses" && listed.every((address) => truth.addresses.includes(address))) {
    return passed(step, `${files.hosts} says the same of ${question.name}: ${listed.join(", ")}`);
  }
  return failed(
    step,
    `${files.hosts} says ${listed.join(", ")} for ${question.name}, whatever DNS says`,
    `remove its line, or bring it up to date from "portolan hosts"`,
  );
}

/** Addresses that a hosts file gives a name (hosts(5)). */
export function addressesIn(text: string, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return text.split(/\r?\n/).flatMap((line) => {
    const [address, ...names] = (line.split("#")[0] ?? "").trim().split(/\s+/);
    return address !== undefined && names.some((one) => one.toLowerCase() === wanted) ? [address] : [];
  });
}

/** Without `dns` or `resolve` in it the C library asks no DNS at all (nsswitch.conf(5)). */
export async function checkNsswitch(files: DnsFiles): Promise<DiagnosisStep> {
  const step = "nsswitch";
  const text = await readText(files.nsswitch);
  const line = text?.split(/\r?\n/).find((one) => /^\s*hosts:/.test(one));
  if (line === undefined) return skipped(step, `${files.nsswitch} says nothing of hosts: files, then DNS`);
  const sources = line
    .replace(/\[[^\]]*\]/g, " ")
    .trim()
    .split(/\s+/)
    .slice(1);
  if (sources.includes("dns") || sources.includes("resolve")) return passed(step, `hosts: ${sources.join(" ")}`);
  return failed(
    step,
    `${files.nsswitch} has "hosts: ${sources.join(" ")}": programs here ask no DNS`,
    `add dns to that line, or lay the lines of "portolan hosts" in ${files.hosts}`,
  );
}
