/** What a demonstration runs and shows: `demo.yaml` of an example, or made by a test from a seed. */
export interface DemoPlan {
  readonly title: string;
  /** Values of `${NAME}` in the mesh's YAML and in the plan: with the machine in a network namespace of its own, and on loopback. */
  readonly variables: ReadonlyMap<string, { readonly isolated: string; readonly loopback: string }>;
  /** The machine's address and the one address that it may reach, its gateway's; undefined: no machine. */
  readonly machine: { readonly address: string; readonly gateway: string } | undefined;
  readonly proxies: readonly PlannedProxy[];
  readonly applications: readonly PlannedApplication[];
  readonly steps: readonly PlannedStep[];
}

/** An Envoy of a demonstration, and the workload or gateway that it is. */
export interface PlannedProxy {
  readonly name: string;
  readonly role: "sidecar" | "gateway";
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly network: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly inboundPorts: string;
  /** Incremental xDS (the default), or the state of the world. */
  readonly dialect?: "delta" | "sotw";
  /** Runs on the machine, and reaches the control plane through the gateway. */
  readonly machine: boolean;
}

/** An HTTP server of a demonstration. */
export interface PlannedApplication {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** `headers` answers what it was asked as JSON, `listing` a directory's page. */
  readonly page: "headers" | "listing";
  readonly machine: boolean;
}

/** One thing that a demonstration shows, by its `kind`. */
export type PlannedStep =
  | { readonly kind: "resolve"; readonly host: string }
  | { readonly kind: "isolation"; readonly from: string }
  | {
      readonly kind: "call";
      readonly from: string;
      readonly url: string;
      /** The SPIFFE identity that the application must have been shown. */
      readonly identity?: string;
      readonly contains?: string;
    }
  | {
      readonly kind: "spread";
      readonly from: string;
      readonly url: string;
      readonly requests: number;
      /** At least so many connections must have carried them. */
      readonly connections: number;
      readonly over: readonly string[];
      /** The least and the greatest share of each, 0 to 1. */
      readonly least: number;
      readonly most: number;
    }
  | { readonly kind: "closed-port"; readonly from: string; readonly host: string; readonly port: number }
  | {
      readonly kind: "closed-sni";
      readonly gateway: string;
      readonly network: string;
      readonly snis: readonly string[];
    }
  | { readonly kind: "ingress"; readonly url: string; readonly host: string }
  | {
      readonly kind: "expose";
      readonly name: string;
      readonly namespace: string;
      readonly address: string;
      readonly port: string;
    }
  | {
      readonly kind: "withdraw";
      readonly name: string;
      readonly namespace: string;
      readonly from: string;
      readonly url: string;
    }
  | { readonly kind: "outage"; readonly from: string; readonly url: string }
  | { readonly kind: "accepted" };

const kinds: Readonly<Record<PlannedStep["kind"], true>> = {
  resolve: true,
  isolation: true,
  call: true,
  spread: true,
  "closed-port": true,
  "closed-sni": true,
  ingress: true,
  expose: true,
  withdraw: true,
  outage: true,
  accepted: true,
};

/** What a step may be. */
export const stepKinds: ReadonlySet<string> = new Set(Object.keys(kinds));
