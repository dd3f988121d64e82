/** What translation reports, of an object or of a proxy, and what to do about it. */
export const TRANSLATION_PROBLEMS = {
  PTL1501:
    "A proxy may not bind a port of a service, so it does not listen there. Grant CAP_NET_BIND_SERVICE or lower net.ipv4.ip_unprivileged_port_start.",
  PTL1502: "A UDP port is not carried.",
  PTL1503: "Two services claim one address and port and cannot share it. Give one of them another address.",
  PTL1504: "A proxy is to serve a port that no service of its namespace names.",
  PTL1505: "An endpoint without an Envoy stands behind a gateway and cannot be reached from another network.",
  PTL1506: "A service has no address to dial: `resolution: NONE` works for HTTP and TLS, and not for wildcard hosts.",
  PTL1507: "A network's gateway is given by host name; load assignments hold IP addresses only. Give its address.",
  PTL1508: "Two servers of a gateway claim one port in different ways; the first by Gateway stands.",
  PTL1509: "Something of the mesh could not be translated; what was served before stays.",
  PTL1511: "AUTO_PASSTHROUGH is served on port 15443 only.",
  PTL1601:
    "Envoy would refuse a resource that was made from an object; what was served before stays. Change the object.",
  PTL1602: "A resource refers to one that is not there; what was served before stays until it is.",
  PTL1603:
    "Two listeners of one proxy bind the same address and port; the one that was there first stays. Give one another address.",
  PTL1510: "A proxy in capture mode gets clusters and no listeners: only bind mode is served.",
} as const;

export type TranslationProblemCode = keyof typeof TRANSLATION_PROBLEMS;
