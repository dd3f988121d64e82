/** Every code that this package reports, with what it means and what to do; `docs/errors.md` lists them. */
export const modelProblemCodes = {
  PTL1101: "An address is given by two objects. Give each its own, or let Portolan allocate one by leaving it out.",
  PTL1102:
    "A given address cannot be listened on (127.0.0.1, the ends of a block, a whole block of 127/8). Use another of 127/8.",
  PTL1103: "A host in an owned suffix must be `<name>.<namespace>.<suffix>`.",
  PTL1104: "An endpoint at a gateway of a mesh network must have port 15443 for every port of the service.",
  PTL1105: "An exported host is served by no AUTO_PASSTHROUGH server of a Gateway on port 15443. Add it to `hosts`.",
  PTL1106: "The Service that a host in an owned suffix stands for does not exist in this mesh.",
  PTL1107: "The Service that a host in an owned suffix stands for lacks the port.",
  PTL1108:
    "An endpoint without an Envoy lies behind a network's gateway, so other networks cannot reach it. Inject it.",
  PTL1109: "Two TCP hosts share one address and port, where nothing tells them apart. Give each its own address.",
  PTL1110: "`resolution: NONE` needs a protocol that names the host: HTTP or TLS.",
  PTL1111: "UDP ports are not carried.",
  PTL1112: "A given address is one that was allocated to another host. Give another.",
  PTL1113: "Another object of the namespace defines the host; this one only adds endpoints to it.",
  PTL1114: "Only one MeshConfig and one MeshNetworks hold; this one is not used.",
} as const;

export type ModelProblemCode = keyof typeof modelProblemCodes;
