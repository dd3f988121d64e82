import type { PortNumber } from "@portolan/model";
import { parseLabelName } from "./address.ts";
import type { Field } from "./field.ts";
import { readPort, Unique } from "./ports.ts";

/** `ports` of Endpoints and EndpointSlice. */
export function readNamedPorts(list: Field): readonly { readonly name: string; readonly number: PortNumber }[] {
  const names = new Unique("name of a port");
  return list.items().flatMap((item) => {
    const name = item.get("name").parsed(parseLabelName) ?? "";
    names.check(name, item.get("name"));
    const number = readPort(item.get("port").required("a port that stands for all ports is not used").mark());
    item.get("protocol").choice(["TCP", "UDP", "SCTP"]);
    item.rest({ silent: ["appProtocol"] });
    return number === undefined ? [] : [{ name, number }];
  });
}
