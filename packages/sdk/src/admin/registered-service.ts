import { type MeshSnapshot, type Service, splitObjectKey, vipAddress } from "@portolan/model";

/** istiod's `Service`, with those of its fields that are known here. */
export interface RegisteredService {
  readonly Attributes: {
    readonly ServiceRegistry: "Kubernetes" | "External";
    readonly Name: string;
    readonly Namespace: string;
    readonly Labels: Readonly<Record<string, string>> | null;
  };
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly hostname: string;
  /** The first address that was given; `0.0.0.0` where none was. */
  readonly defaultAddress: string;
  /** The VIP in the pool of the mesh's mode; absent where the host has none. */
  readonly autoAllocatedAddress?: string;
  /** 0 the proxy chooses among endpoints, 1 it asks the DNS, 2 it passes through; 4 the service is another's alias. */
  readonly Resolution: 0 | 1 | 2 | 4;
  readonly MeshExternal: boolean;
}

export function registeredService(
  service: Service,
  { settings, vips }: Pick<MeshSnapshot, "settings" | "vips">,
): RegisteredService {
  const { kind, labels, ports, hostname, namespace, addresses, location, owner } = service;
  const vip = vips.get(hostname);
  return {
    Attributes: {
      ServiceRegistry: kind === "service" ? "Kubernetes" : "External",
      // Istio names a ServiceEntry's service by its host, a Kubernetes one by its object.
      Name: kind === "service" ? splitObjectKey(owner).name : hostname,
      Namespace: namespace,
      Labels: labels.size === 0 ? null : Object.fromEntries(labels),
    },
    ports: ports.map(({ name, number, protocol }) => ({ name, port: number, protocol })),
    hostname,
    defaultAddress: addresses[0] ?? "0.0.0.0",
    ...(vip === undefined ? {} : { autoAllocatedAddress: vipAddress(settings, vip, settings.mode) }),
    Resolution: resolutionOf(service),
    MeshExternal: location === "MESH_EXTERNAL",
  };
}

function resolutionOf({ headless, externalName, resolution }: Service): RegisteredService["Resolution"] {
  if (externalName !== undefined) return 4;
  if (headless || resolution === "NONE") return 2;
  return resolution === "DNS" ? 1 : 0;
}
