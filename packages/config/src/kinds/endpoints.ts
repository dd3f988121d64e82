import { type EndpointAddress, type EndpointGroup, type EndpointsObject, parseIpAddress } from "@portolan/model";
import type { Field } from "../read/field.ts";
import { readNamedPorts } from "../read/named-ports.ts";
import { CORE, type KindDecoder } from "./kind.ts";

export const endpoints: KindDecoder = {
  ...CORE,
  kind: "Endpoints",
  decode(root, meta): EndpointsObject {
    const groups = root.get("subsets").items().map(readSubset);
    root.rest();
    return { kind: "Endpoints", meta, service: meta.name, groups };
  },
};

function readSubset(subset: Field): EndpointGroup {
  const addresses = [
    ...readAddresses(subset.get("addresses"), true),
    ...readAddresses(subset.get("notReadyAddresses"), false),
  ];
  const ports = readNamedPorts(subset.get("ports"));
  subset.rest();
  return { addresses, ports };
}

function readAddresses(list: Field, ready: boolean): EndpointAddress[] {
  return list.items().flatMap((item): EndpointAddress[] => {
    const address = item.get("ip").required().mark().parsed(parseIpAddress);
    const pod = readPodRef(item.get("targetRef"));
    item.rest({ silent: ["hostname", "nodeName"] });
    return address === undefined ? [] : [{ address, ready, pod, zone: undefined }];
  });
}

/** The name of the Pod that an endpoint stands for. */
export function readPodRef(ref: Field): string | undefined {
  return ref.present && ref.get("kind").text() === "Pod" ? ref.get("name").text() : undefined;
}
