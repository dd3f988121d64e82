import {
  type GatewayObject,
  type GatewayServer,
  parseIpAddress,
  parseProtocol,
  printable,
  protocolFamily,
} from "@portolan/model";
import { parseLabelName } from "../read/address.ts";
import type { Field } from "../read/field.ts";
import { parseHostScope } from "../read/host-scope.ts";
import { readLabels } from "../read/labels.ts";
import { readPort, Unique } from "../read/ports.ts";
import { ISTIO_NETWORKING, type KindDecoder } from "./kind.ts";

export const gateway: KindDecoder = {
  ...ISTIO_NETWORKING,
  kind: "Gateway",
  decode(root, meta): GatewayObject {
    const spec = root.get("spec").required();
    const names = new Unique("name of a port");
    const modes = new Map<number, GatewayServer["mode"]>();
    const selector = readLabels(spec.get("selector"));
    const list = spec.get("servers");
    if (spec.present) list.required("name at least one server");
    const servers = list.items().flatMap((item): GatewayServer[] => {
      const server = readServer(item, names);
      if (server === undefined) return [];
      const { number } = server.port;
      if ((modes.get(number) ?? server.mode) !== server.mode) {
        item
          .get("port")
          .get("number")
          .wrong(`port ${number} cannot be both plain HTTP and AUTO_PASSTHROUGH: use another port`);
      }
      modes.set(number, server.mode);
      return [server];
    });
    if (spec.present) spec.rest();
    root.rest({ silent: ["status"] });
    return { kind: "Gateway", meta, selector, servers };
  },
};

function readServer(server: Field, names: Unique): GatewayServer | undefined {
  const port = server.get("port").required();
  const number = readPort(port.get("number").required().mark());
  const name = port.get("name").required("each port needs a name of its own").parsed(parseLabelName);
  names.check(name, port.get("name"));
  const mode = readMode(port.get("protocol"), server.get("tls"));
  const bind = server.get("bind").parsed(parseIpAddress);
  const hosts = server.get("hosts").required("name at least one host, or *").items();
  const scopes = hosts.flatMap(
    (item) =>
      item
        .required()
        .mark()
        .parsed((text) => parseHostScope(text, "any")) ?? [],
  );
  port.rest({ silent: ["targetPort"] });
  server.rest({ silent: ["name"], unused: ["defaultEndpoint"] });
  if (number === undefined || name === undefined || mode === undefined) return undefined;
  return { port: { number, name }, mode, bind, hosts: scopes };
}

/** Undefined where the server is wrong, or of a mode that is left out. */
function readMode(protocol: Field, tls: Field): GatewayServer["mode"] | undefined {
  const text = protocol.required("use HTTP, or TLS with AUTO_PASSTHROUGH").text() ?? "";
  const parsed = parseProtocol(text);
  if (parsed === undefined) {
    return text === ""
      ? undefined
      : protocol.wrong(`"${printable(text)}" is not a protocol: use HTTP, HTTP2, GRPC, HTTPS, TLS or TCP`);
  }
  const family = protocolFamily(parsed);
  const mode = tls
    .get("mode")
    .choice(["PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"]);
  if (mode === "AUTO_PASSTHROUGH") {
    return family === "tls" ? mode : protocol.wrong("AUTO_PASSTHROUGH reads the SNI: use protocol TLS");
  }
  if (family === "http" && mode === undefined) {
    if (tls.get("httpsRedirect").flag() === true)
      tls.get("httpsRedirect").warn("httpsRedirect is not yet used", "PTL1009");
    return "HTTP";
  }
  const what = mode === undefined ? `protocol ${parsed}` : `protocol ${parsed} with tls mode ${mode}`;
  return protocol.warn(`${what} is not yet used: the server is left out`, "PTL1009");
}
