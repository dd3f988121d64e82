/** The mesh that is measured: services of ten endpoints each, as ServiceEntries. */
export const ENDPOINTS = 10;

export function hostOf(service: number): string {
  return `s${service}.bench.test`;
}

/** The name under which the service's endpoints are subscribed to. */
export function clusterOf(service: number): string {
  return `outbound|8000||${hostOf(service)}`;
}

export function clusters(count: number): readonly string[] {
  return Array.from({ length: count }, (_, service) => clusterOf(service));
}

/** `first`: the address of its first endpoint, unless it still has its own. */
export function manifestOf(service: number, first?: string): string {
  const endpoints = Array.from({ length: ENDPOINTS }, (_, at) => {
    const own = `10.${service >> 8}.${service & 255}.${at + 1}`;
    return `    - address: ${at === 0 ? (first ?? own) : own}\n`;
  });
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: s${service}
  namespace: bench
spec:
  hosts: [${hostOf(service)}]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports:
    - { number: 8000, name: http, protocol: HTTP }
  endpoints:
${endpoints.join("")}`;
}
