import { queryDns } from "@portolan/dns";
import { eventually, type RunStep } from "./step.ts";

/** A host of the mesh resolves to one address. */
export const resolveStep: RunStep<"resolve"> = (step, stage) =>
  eventually(async () => {
    const [address = "", port = ""] = stage.ports().dns?.split(":") ?? [];
    const answer = await queryDns({ server: address, port: Number(port), name: step.host, type: "A" });
    const addresses = answer.answers.filter((record) => record.type === "A").map((record) => record.value);
    return {
      passed: addresses.length === 1,
      proof: [`${step.host} is ${addresses.join(", ") || `not answered (${answer.rcode})`}`],
      repeat: `dig @${address} -p ${port} ${step.host} +short`,
    };
  });
