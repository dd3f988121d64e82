import { printable } from "@portolan/model";
import { formatProblem } from "@portolan/registry";
import { nameOfNode } from "../control-plane/node-name.ts";
import type { ConnectedProxy } from "../control-plane/xds-part.ts";
import { version } from "../version.ts";

export type TypeStatus = "SYNCED" | "STALE" | "NOT SENT" | "IGNORED";

/** A connected proxy as the admin API and `proxy-status` show it. */
export interface ListedProxy {
  readonly name: string;
  readonly namespace: string;
  readonly nodeId: string;
  readonly cluster: string;
  readonly identity: string;
  readonly controlPlane: string;
  /** Of the control plane. */
  readonly version: string;
  readonly types: Readonly<Partial<Record<"CDS" | "LDS" | "EDS" | "RDS" | "SDS", TypeStatus>>>;
  /** Whether everything that concerns it was acknowledged and nothing was rejected. */
  readonly synced: boolean;
  readonly revision: number;
  /** Seconds since the last acknowledgement, as text; absent before the first. */
  readonly lastAck: string | undefined;
  /** What it rejected, with the objects that this came from, their places, and its own reason. */
  readonly rejections: readonly string[];
  /** What it does not get, and why. */
  readonly remarks: readonly string[];
}

export function listProxy(
  { connection, proxy, problems, rejections: rejected }: ConnectedProxy,
  nowMs: number,
): ListedProxy {
  const { types } = connection;
  const acknowledged = types.flatMap((type) => type.acknowledgedAtMs ?? []);
  const rejections = [
    ...rejected.map(({ type, name, message, objects, holders }) => {
      const from = objects.length === 0 ? "" : ` (${objects.map((object) => printable(object, 300)).join(", ")})`;
      const held = holders.length === 0 ? "" : `; the same listener is held by ${holders.map(nameOfNode).join(", ")}`;
      return `${type} ${printable(name)}${from} rejected: ${printable(message, 1000)}${held}`;
    }),
    ...types.flatMap((type) =>
      type.rejected.length === 0 && type.lastRejection !== undefined && type.state === "STALE"
        ? [`${type.shortName} rejected: ${printable(type.lastRejection.message, 1000)}`]
        : [],
    ),
  ];
  return {
    name: proxy.name,
    namespace: proxy.namespace,
    nodeId: printable(proxy.nodeId, 300),
    cluster: proxy.cluster,
    identity: connection.peer.transport === "mtls" ? connection.peer.spiffe : "claimed (plaintext)",
    controlPlane: "portolan",
    version,
    types: Object.fromEntries(types.map((type) => [type.shortName, type.state])),
    synced: connection.settled && rejections.length === 0 && types.length > 0,
    revision: connection.appliedRevision,
    lastAck: acknowledged.length === 0 ? undefined : `${((nowMs - Math.max(...acknowledged)) / 1000).toFixed(0)}s`,
    rejections,
    remarks: problems.map(formatProblem),
  };
}
