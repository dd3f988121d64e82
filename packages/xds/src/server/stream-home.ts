import { type Identity, spiffeId } from "@portolan/model";
import type { ResourceName } from "../resource/resource-name.ts";
import type { TypeUrl } from "../resource/type-url.ts";
import type { RejectedResource } from "../session/protocol.ts";
import type { ViewId } from "../snapshot/ids.ts";
import { admitInTurn } from "./admission.ts";
import type { Assign, Assignment, Refusal, RefusalCode } from "./assign.ts";
import { attempt } from "./attempt.ts";
import type { XdsLimits } from "./limits.ts";
import type { XdsNode } from "./node.ts";
import type { Peer } from "./peer.ts";
import { createRejectionMemory } from "./rejection-memory.ts";
import type { XdsConnection, XdsReport } from "./report.ts";
import type { SecretSource } from "./secret-source.ts";
import { createSecretWatches, type SecretWatches } from "./secret-watches.ts";

/** What is kept once for the streams of all threads: what functions of the library's user say, and what outlives a stream. */
export interface StreamHome {
  /** Never rejects: a function that fails is reported, and the stream is refused. */
  admit(applicant: Applicant): Admission | Promise<Admission>;
  report(report: StreamReport): void;
}

/** What a thread says of its streams, of which others may know more. */
export type StreamReport =
  | Extract<XdsReport, { readonly kind: "stream-closed" | "push" | "ack" | "refused" }>
  | { readonly kind: "stream-opened"; readonly connection: XdsConnection }
  | (Omit<Extract<XdsReport, { readonly kind: "nack" }>, "resources"> & {
      readonly resources: readonly { readonly name: string; readonly version: string }[];
      readonly view: ViewId;
    });

/** A stream that has said who it is. */
export interface Applicant {
  /** Its number. */
  readonly stream: number;
  readonly peer: Peer;
  readonly node: XdsNode;
  /** The type of its first request. */
  readonly asked: TypeUrl;
  /** Is given the secrets that it watches. */
  readonly secret: (secret: OwnSecret) => void;
}

/** One of a peer's own secrets, encoded. It holds a key in clear. */
export interface OwnSecret {
  readonly name: string;
  readonly version: string;
  readonly body: Uint8Array;
}

export type Admission = Admitted | Refusal;

/** What a stream is served from. */
export interface StreamView {
  readonly view: ViewId;
  /** The types that it holds; undefined: all. */
  readonly types: readonly TypeUrl[] | undefined;
}

/** A stream that is served. */
export interface Admitted extends StreamView {
  /** What its node rejected on earlier streams. */
  readonly rejections: readonly RejectedResource[];
  /** Whether it gets secrets of its own: only where the channel itself proves whose they are. */
  readonly ownSecrets: boolean;
  /** Beyond this stream. */
  remember(rejected: readonly RejectedResource[]): void;
  forgive(resource: ResourceName): void;
  watch(secret: string): void;
  unwatch(secret: string): void;
  /** It asks for a type that its view does not hold. Not called again before that is decided. */
  reassign(asked: TypeUrl): StreamView | Refusal | Promise<StreamView | Refusal>;
  /** The stream is over; called once. */
  release(): void;
}

export interface StreamHomeOptions {
  readonly assign: Assign;
  readonly secrets: SecretSource | undefined;
  readonly limits: XdsLimits;
  readonly now: () => number;
  report(report: StreamReport | Fault): void;
}

type Fault = Extract<XdsReport, { readonly kind: "fault" }>;

export function createStreamHome(options: StreamHomeOptions): StreamHome {
  const { secrets: source, limits, now, report } = options;
  // The time counts from when it is asked, and what gives no answer does not keep its place among those that are being decided.
  const admitted = admitInTurn(decide, { maxPending: limits.maxPendingAssignments, now });
  const rejections = createRejectionMemory(limits.maxRememberedNodes);

  function fault(where: Fault["where"], cause: unknown): void {
    report({ kind: "fault", where, cause });
  }

  function end(release: (() => void) | undefined): void {
    attempt(
      () => release?.(),
      (cause) => fault("release", cause),
    );
  }

  function decide(...applicant: Parameters<Assign>): ReturnType<Assign> {
    const decided = options.assign(...applicant);
    return decided instanceof Promise ? inTime(decided) : checked(decided);
  }

  function inTime(decided: Promise<Assignment>): Promise<Assignment> {
    const { promise, resolve, reject } = Promise.withResolvers<Assignment>();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error(`assign gave no answer within ${limits.assignMs} ms`));
    }, limits.assignMs);
    decided
      .then((assignment) => {
        // Nobody waits for it any more.
        checked(assignment);
        if (!late) resolve(assignment);
        else if ("view" in assignment) end(assignment.release);
      })
      .catch(reject)
      .finally(() => clearTimeout(timer));
    return promise;
  }

  function watchesOf({ peer, secret }: Applicant, identity: Identity | undefined): SecretWatches | undefined {
    if (source === undefined || identity === undefined || peer.transport !== "mtls") return undefined;
    if (spiffeId(identity) !== peer.spiffe) return undefined;
    return createSecretWatches(source, identity, {
      secret: ({ name, version, body }) => secret({ name, version, body }),
      fault: (cause) => fault("secrets", cause),
    });
  }

  /** `then` with what is assigned, at once where that needs no waiting. */
  function assigned<Told>(
    applicant: Applicant,
    asked: TypeUrl,
    then: (assignment: Assignment) => Told,
  ): Told | Refusal | Promise<Told | Refusal> {
    let assignment: ReturnType<Assign>;
    try {
      assignment = admitted(applicant.peer, applicant.node, asked);
    } catch (cause) {
      return failed(cause);
    }
    return assignment instanceof Promise ? assignment.then(then, failed) : then(assignment);
  }

  function failed(cause: unknown): Refusal {
    fault("assign", cause);
    return { refused: { code: "UNAVAILABLE", message: "the stream could not be assigned" } };
  }

  function admission(applicant: Applicant, assignment: Assignment): Admission {
    if ("refused" in assignment) return assignment;
    const { node } = applicant;
    const key = [node.id, node.userAgent].join("\n");
    const watches = watchesOf(applicant, assignment.identity);
    let { release } = assignment;
    let over = false;

    function move(next: Assignment): StreamView | Refusal {
      if ("refused" in next) return next;
      const former = release;
      release = next.release;
      // What comes after the end of the stream is given back at once.
      end(over ? release : former);
      return viewOf(next);
    }

    return {
      ...viewOf(assignment),
      rejections: rejections.of(key),
      ownSecrets: watches !== undefined,
      remember: (rejected) => rejections.add(key, rejected),
      forgive: (resource) => rejections.remove(key, resource),
      watch: (name) => watches?.start(name),
      unwatch: (name) => watches?.end(name),
      reassign: (asked) => assigned(applicant, asked, move),
      release() {
        over = true;
        watches?.close();
        end(release);
      },
    };
  }

  return {
    report,
    admit: (applicant) => assigned(applicant, applicant.asked, (assignment) => admission(applicant, assignment)),
  };
}

function viewOf({ view, types }: Exclude<Assignment, Refusal>): StreamView {
  return { view, types };
}

const REFUSAL_CODES: readonly RefusalCode[] = [
  "INVALID_ARGUMENT",
  "PERMISSION_DENIED",
  "UNAUTHENTICATED",
  "RESOURCE_EXHAUSTED",
  "UNAVAILABLE",
];

/** Whoever wrote it may not have had a compiler. */
function checked(assignment: Assignment): Assignment {
  if (typeof assignment === "object" && assignment !== null) {
    if ("refused" in assignment) {
      const { code, message } = assignment.refused ?? {};
      if (REFUSAL_CODES.includes(code) && typeof message === "string") return assignment;
      throw new TypeError(`assign refused without a message, or with no code of ${REFUSAL_CODES.join(", ")}`);
    }
    if (typeof assignment.view === "string") return assignment;
  }
  throw new TypeError("assign gave neither a view nor a refusal");
}
