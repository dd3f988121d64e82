import {
  type IpAddress,
  type PodObject,
  parseIpAddress,
  parseServiceAccountName,
  type ServiceAccountName,
} from "@portolan/model";
import type { Field } from "../read/field.ts";
import { readPort } from "../read/ports.ts";
import { CORE, type KindDecoder } from "./kind.ts";

const DEFAULT_ACCOUNT = "default" as ServiceAccountName;

/** Most of a Pod is for Kubernetes alone, so unknown fields are not looked for. */
export const pod: KindDecoder = {
  ...CORE,
  kind: "Pod",
  decode(root, meta): PodObject {
    const spec = root.get("spec");
    const status = root.get("status");
    const account = spec.get("serviceAccountName").present
      ? spec.get("serviceAccountName")
      : spec.get("serviceAccount");
    const containerPorts = spec.get("containers").items().flatMap(readContainerPorts);
    root.rest();
    return {
      kind: "Pod",
      meta,
      address: readAddress(status),
      serviceAccount: account.parsed(parseServiceAccountName) ?? DEFAULT_ACCOUNT,
      containerPorts,
      ready: isReady(status) && !root.get("metadata").get("deletionTimestamp").present,
    };
  },
};

function readAddress(status: Field): IpAddress | undefined {
  const first = status.get("podIPs").items()[0]?.get("ip");
  const field = status.get("podIP").present || first === undefined ? status.get("podIP") : first;
  return field.mark().parsed(parseIpAddress);
}

function readContainerPorts(container: Field): PodObject["containerPorts"] {
  return container
    .get("ports")
    .items()
    .flatMap((item) => {
      const name = item.get("name").text() ?? "";
      const number = readPort(item.get("containerPort").required().mark());
      return number === undefined ? [] : [{ name, number }];
    });
}

function isReady(status: Field): boolean {
  const phase = status.get("phase").text();
  if (phase === "Succeeded" || phase === "Failed") return false;
  const conditions = status.get("conditions").items();
  return !conditions.some((one) => one.get("type").text() === "Ready" && one.get("status").text() === "False");
}
