import type { DnsProblemMessage } from "@portolan/dns";
import { printable } from "@portolan/model";
import { type FailedMessage, formatProblem, type ProblemMessage, type PublishedMessage } from "@portolan/registry";
import type { XdsReport } from "@portolan/xds";
import type { FaultMessage, WarningMessage } from "../control-plane/warnings.ts";
import { type LineCause, reasonClass } from "./line-limit.ts";

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
  /** Present where others can make it say something as often as they like: its lines are limited by cause. */
  causeOf?(message: never): LineCause;
}

type Report<Kind extends XdsReport["kind"]> = Extract<XdsReport, { readonly kind: Kind }>;

interface ChannelOptions<Message> {
  readonly level?: LogLine["level"];
  readonly causeOf?: (message: Message) => LineCause;
}

function logged<Message>(
  name: string,
  describe: (message: Message) => LogLine,
  { level, causeOf }: ChannelOptions<Message> = {},
): LoggedChannel {
  return { name, level, describe, ...(causeOf === undefined ? {} : { causeOf }) };
}

/** Names in a line; how many a response has is for others to say. */
const MAX_NAMES = 10;

function firstOf(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  const first = names.slice(0, MAX_NAMES).map((name) => printable(name));
  return `${first.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function reasonOf(error: unknown): string {
  return reasonClass(error instanceof Error ? error.message : String(error));
}

/** Whom one certificate stands for; on plaintext, where names are claims, who has one address. */
function peerName(peer: Report<"nack">["peer"]): string {
  return peer.transport === "mtls" ? peer.spiffe : hostOf(peer.address);
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/, "");
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
  logged<FailedMessage>(
    "portolan:registry:failed",
    ({ what, error }) => ({
      level: "error",
      text: `registry ${what} failed: ${printable(String(error), 500)}`,
    }),
    { causeOf: ({ what, error }) => ({ peer: "", cause: `${what} ${reasonOf(error)}` }) },
  ),
  logged<Report<"stream-opened">>(
    "portolan:xds:stream-opened",
    ({ nodeId, peer, dialect }) => ({
      level: peer.transport === "plaintext" ? "warn" : "info",
      text:
        peer.transport === "plaintext"
          ? `${printable(nodeId)} connected in plaintext: its identity is only a claim`
          : `${printable(nodeId)} connected as ${peer.spiffe}`,
      fields: { dialect },
    }),
    { causeOf: ({ nodeId, peer }) => ({ peer: peerName(peer), cause: printable(nodeId) }) },
  ),
  logged<Report<"stream-closed">>(
    "portolan:xds:stream-closed",
    ({ nodeId, status, message }) => ({
      level: "info",
      text: `${printable(nodeId)} disconnected: ${status} ${printable(message)}`,
    }),
    { causeOf: ({ nodeId, peer, status }) => ({ peer: peerName(peer), cause: `${printable(nodeId)} ${status}` }) },
  ),
  logged<Report<"push">>(
    "portolan:xds:push",
    ({ nodeId, typeUrl, resources, removed, bytes }) => ({
      level: "debug",
      text: `sent ${typeUrl.slice(typeUrl.lastIndexOf(".") + 1)} to ${printable(nodeId)}`,
      fields: { resources, removed, bytes },
    }),
    { level: "debug" },
  ),
  logged<Report<"nack">>(
    "portolan:xds:nack",
    ({ nodeId, message, resources, suspects }) => ({
      level: "error",
      text: `${printable(nodeId)} rejected ${firstOf(resources.map(({ name }) => name)) || `one of ${suspects.length} resources`}: ${printable(message, 500)}`,
      fields: { objects: resources.flatMap(({ origins }) => origins).slice(0, MAX_NAMES) },
    }),
    {
      causeOf: ({ nodeId, peer, typeUrl, message }) => ({
        peer: peerName(peer),
        cause: `${printable(nodeId)} ${typeUrl} ${reasonClass(message)}`,
      }),
    },
  ),
  logged<Report<"refused">>(
    "portolan:xds:refused",
    ({ address, nodeId, status, message }) => ({
      level: "warn",
      text: `xDS stream of ${printable(nodeId ?? address)} refused: ${status} ${printable(message, 300)}`,
    }),
    {
      causeOf: ({ address, nodeId = "", status, message }) => ({
        peer: hostOf(address),
        cause: `${printable(nodeId)} ${status} ${reasonClass(message)}`,
      }),
    },
  ),
  logged<Report<"fault">>(
    "portolan:xds:fault",
    ({ where, cause }) => ({ level: "error", text: `xDS ${where} failed: ${printable(textOf(cause), 2000)}` }),
    { causeOf: ({ where, cause }) => ({ peer: "", cause: `${where} ${reasonOf(cause)}` }) },
  ),
  logged<WarningMessage>("portolan:sdk:warning", ({ text }) => ({ level: "warn", text }), {
    causeOf: ({ text }) => ({ peer: "", cause: reasonClass(text) }),
  }),
  logged<FaultMessage>(
    "portolan:sdk:fault",
    ({ where, error }) => ({ level: "error", text: `admin API: ${where} failed: ${printable(textOf(error), 2000)}` }),
    { causeOf: ({ where, error }) => ({ peer: "", cause: `${where} ${reasonOf(error)}` }) },
  ),
  logged<DnsProblemMessage>(
    "portolan:dns:problem",
    ({ what, message }) => ({ level: "warn", text: `DNS ${what}: ${printable(message, 300)}` }),
    { causeOf: ({ what, message }) => ({ peer: "", cause: `${what} ${reasonClass(message)}` }) },
  ),
];
