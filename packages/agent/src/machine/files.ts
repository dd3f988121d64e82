import { join } from "node:path";

/** The four files of a machine in the mesh. */
export interface MachineFiles {
  readonly rootCertificates: string;
  readonly certificateChain: string;
  readonly privateKey: string;
  readonly clusterEnv: string;
}

/** All four in one directory, or where Istio's package keeps them: `/etc/certs` and `/var/lib/istio/envoy`. */
export function machineFiles(directory?: string): MachineFiles {
  const certificates = directory ?? "/etc/certs";
  return {
    rootCertificates: join(certificates, "root-cert.pem"),
    certificateChain: join(certificates, "cert-chain.pem"),
    privateKey: join(certificates, "key.pem"),
    clusterEnv: join(directory ?? "/var/lib/istio/envoy", "cluster.env"),
  };
}
