/** A ServiceEntry of namespace `shop` with host `NAME.shop.global`. */
export function entry(name: string, options: { readonly port?: number; readonly namespace?: string } = {}): string {
  const { port = 8000, namespace = "shop" } = options;
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  hosts: [${name}.${namespace}.global]
  location: MESH_INTERNAL
  resolution: STATIC
  ports:
  - {name: http, number: ${port}, protocol: HTTP}
  endpoints:
  - address: 127.9.9.9
`;
}

/** The same with a port that is none: line 11, column 26. */
export const badEntry = entry("bad", { port: 99999 });
export const badPlace = "11:26";
