import type { DnsProblemMessage } from "@portolan/dns";
import { printable } from "@portolan/model";
import { type FailedMessage, formatProblem, type ProblemMessage, type PublishedMessage } from "@portolan/registry";
import type { XdsReport } from "@portolan/xds";
import type { FaultMessage, WarningMessage } from "../control-plane/warnings.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A diagnostics channel and how its messages read in a log. */
export interface LoggedChannel {
  readonly name: string;
  /** Undefined: it depends on the message. */
  readonly level: LogLine["level"] | undefined;
  describe(message: never): LogLine;
}

type Report<Kind extends XdsReport["kind"]> = Extract<XdsReport, { readonly kind: Kind }>;

function logged<Message>(
  name: string,
  describe: (message: Message) => LogLine,
  level?: LogLine["level"],
): LoggedChannel {
  return { name, level, describe: describe as LoggedChannel["describe"] };
}

export const channels: readonly LoggedChannel[] = [
  logged<PublishedMessage>("portolan:registry:published", (message) => ({
    level: "info",
    text: `revision ${message.revision} is published`,
    fields: { objects: message.objects, services: message.services, endpoints: message.endpoints },
  })),
  logged<ProblemMessage>("portolan:registry:problem", ({ problem }) => ({
    level: problem.severity === "error" ? "error" : problem.severity === "warning" ? "warn" : "debug",
    text: formatProblem(problem),
  })),
  logged<ProblemMessage>("portolan:registry:recovered", ({ problem }) => ({
    level: "info",
    text: `mended: ${formatProblem(problem)}`,
  })),
  logged<FailedMessage>("portolan:registry:failed", ({ what, error }) => ({
    level: "error",
    text: `registry ${what} failed: ${printable(String(error), 500)}`,
  })),
  logged<Report<"stream-opened">>("portolan:xds:stream-opened", ({ nodeId, peer, dialect }) => ({
    level: peer.transport === "plaintext" ? "warn" : "info",
    text:
      peer.transport === "plaintext"
        ? `${printable(nodeId)} connected in plaintext: its identity is only a claim`
        : `${printable(nodeId)} connected as ${peer.spiffe}`,
    fields: { dialect },
  })),
  logged<Report<"stream-closed">>("portolan:xds:stream-closed", ({ nodeId, status, message }) => ({
    level: "info",
    text: `${printable(nodeId)} disconnected: ${status} ${printable(message)}`,
  })),
  logged<Report<"push">>(
    "portolan:xds:push",
    ({ nodeId, typeUrl, resources, removed, bytes }) => ({
      level: "debug",
      text: `sent ${typeUrl.slice(typeUrl.lastIndexOf(".") + 1)} to ${printable(nodeId)}`,
      fields: { resources, removed, bytes },
    }),
    "debug",
  ),
  logged<Report<"nack">>("portolan:xds:nack", ({ nodeId, message, resources, suspects }) => ({
    level: "error",
    text: `${printable(nodeId)} rejected ${resources.map(({ name }) => printable(name)).join(", ") || `one of ${suspects.length} resources`}: ${printable(message, 500)}`,
    fields: { objects: resources.flatMap(({ origins }) => origins) },
  })),
  logged<Report<"refused">>("portolan:xds:refused", ({ address, nodeId, status, message }) => ({
    level: "warn",
    text: `xDS stream of ${printable(nodeId ?? address)} refused: ${status} ${printable(message, 300)}`,
  })),
  logged<Report<"fault">>("portolan:xds:fault", ({ where, cause }) => ({
    level: "error",
    text: `xDS ${where} failed: ${printable(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), 2000)}`,
  })),
  logged<WarningMessage>("portolan:sdk:warning", ({ text }) => ({ level: "warn", text })),
  logged<FaultMessage>("portolan:sdk:fault", ({ where, error }) => ({
    level: "error",
    text: `admin API: ${where} failed: ${printable(error instanceof Error ? (error.stack ?? error.message) : String(error), 2000)}`,
  })),
  logged<DnsProblemMessage>("portolan:dns:problem", ({ what, message }) => ({
    level: "warn",
    text: `DNS ${what}: ${printable(message, 300)}`,
  })),
];
