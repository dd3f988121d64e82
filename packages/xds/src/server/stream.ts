import { fail } from "@portolan/model";
import type { SessionEffect, SessionEvent, SessionRequest } from "../session/protocol.ts";
import { createSession, type Session } from "../session/session.ts";
import type { SharedNews } from "../session/shared-news.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { SnapshotReplica } from "../snapshot/replica.ts";
import type { Assembly } from "./assembly.ts";
import type { Refusal } from "./assign.ts";
import { takenTtl } from "./client-features.ts";
import type { DecodedRequest } from "./decode-request.ts";
import type { GrpcCall } from "./http2/grpc-call.ts";
import { PREFIX_BYTES } from "./http2/message-reader.ts";
import type { StatusName } from "./http2/status.ts";
import type { XdsLimits } from "./limits.ts";
import { decodeNode, type XdsNode } from "./node.ts";
import type { Peer } from "./peer.ts";
import type { StreamLabel, XdsConnection } from "./report.ts";
import type { RequestReader } from "./request-reader.ts";
import { OWN_SECRETS } from "./secret-source.ts";
import type { StreamKind } from "./services.ts";
import type { Admission, Admitted, OwnSecret, StreamHome, StreamReport, StreamView } from "./stream-home.ts";

/** What the streams of a thread share. */
export interface StreamSurroundings {
  readonly replica: SnapshotReplica;
  readonly home: StreamHome;
  readonly limits: XdsLimits;
  readonly assembly: Assembly;
  readonly shared: SharedNews;
  readonly requests: RequestReader;
  readonly ttl: "announced" | "always";
  readonly resourceErrors: readonly string[];
  readonly now: () => number;
  report(report: StreamReport): void;
  /** The stream reads that view from now on, or none. */
  follow(stream: ServedStream, view: ViewId | undefined): void;
  /** What `connection()` says of it may be another than before. */
  touch(stream: ServedStream): void;
  /** It must say in time who it is, unless it ends before. */
  awaitNode(stream: ServedStream): void;
  nodeCame(stream: ServedStream): void;
  /** The stream is to be woken then, whatever happens. */
  remind(stream: ServedStream, atMs: number | undefined): void;
}

/** One stream from its opening to its end: it moves bytes between the call and the session. */
export interface ServedStream {
  /** No other stream of the server has it. */
  readonly number: number;
  /** Its view may hold something new. */
  wake(): void;
  /** Ends it with a status. */
  end(code: StatusName, message: string): void;
  /** Undefined until it is assigned. */
  connection(): XdsConnection | undefined;
}

interface Opened {
  readonly session: Session;
  readonly label: StreamLabel;
  readonly node: XdsNode;
  readonly admitted: Admitted;
  readonly openedAtMs: number;
  /** The types that its view holds; undefined: all. */
  types: StreamView["types"];
}

export function serveStream(
  call: GrpcCall,
  kind: StreamKind,
  peer: Peer,
  id: number,
  around: StreamSurroundings,
): ServedStream {
  const { limits, now } = around;
  let opened: Opened | undefined;
  // It is being decided what it is served from.
  let assigning = false;
  let closed = false;
  let lastNonce = 0;
  let appliedRevision = 0;
  let remindedAtMs: number | undefined;
  // Requests that were read ahead while `assign` decides: reading is paused then.
  const early: Buffer[] = [];
  let claimed: string | undefined;

  function end(code: StatusName, message: string): void {
    if (closed) return;
    if (opened === undefined) {
      around.report({ kind: "refused", address: peer.address, nodeId: claimed, status: code, message });
    }
    close(code, message);
    call.end(code, message);
  }

  function close(code: string, message: string): void {
    if (closed) return;
    closed = true;
    around.follow(stream, undefined);
    if (opened === undefined) {
      around.nodeCame(stream);
      return;
    }
    opened.admitted.release();
    around.report({ kind: "stream-closed", status: code, message, ...opened.label });
  }

  function onData(bytes: Buffer): void {
    if (closed) return;
    if (assigning) {
      early.push(bytes);
      return;
    }
    const decoded = around.requests.read(bytes, kind);
    if (!decoded.ok) end("INVALID_ARGUMENT", decoded.error);
    else if (opened === undefined) open(decoded.value);
    else request(opened, decoded.value.request);
  }

  function request(of: Opened, asked: SessionRequest): void {
    if (of.types === undefined || of.types.includes(asked.typeUrl)) step({ kind: "request", request: asked });
    else move(of, asked);
  }

  /** Until `then` was called, what else comes waits. */
  function whenDecided<Decision>(decision: Decision | Promise<Decision>, then: (decision: Decision) => void): void {
    if (!(decision instanceof Promise)) {
      then(decision);
      return;
    }
    call.pause();
    void decision.then((decided) => {
      then(decided);
      for (const bytes of early.splice(0)) onData(bytes);
      if (!assigning) call.resume();
    });
  }

  function open(first: DecodedRequest): void {
    around.nodeCame(stream);
    const node = first.node === undefined ? fail("the first request has no node") : decodeNode(first.node, limits);
    if (!node.ok) {
      end("INVALID_ARGUMENT", node.error);
      return;
    }
    claimed = node.value.id;
    assigning = true;
    const admission = around.home.admit({
      stream: id,
      peer,
      node: node.value,
      asked: first.request.typeUrl,
      secret: onSecret,
    });
    whenDecided(admission, (decided) => admit(decided, node.value, first.request));
  }

  /** Held for as long as the stream is: a function of `open`'s own would hold the first request's bytes. */
  function onSecret(secret: OwnSecret): void {
    step({ kind: "secret", ...secret });
  }

  /** It asks for what its view does not hold. */
  function move(of: Opened, asked: SessionRequest): void {
    assigning = true;
    around.touch(stream);
    whenDecided(of.admitted.reassign(asked.typeUrl), (decided) => moved(decided, of, asked));
  }

  function moved(decided: StreamView | Refusal, of: Opened, asked: SessionRequest): void {
    if (closed) return;
    if ("refused" in decided) {
      end(decided.refused.code, decided.refused.message);
      return;
    }
    of.types = decided.types;
    around.follow(stream, decided.view);
    assigning = false;
    step({ kind: "reassigned", view: decided.view });
    step({ kind: "request", request: asked });
  }

  function admit(admitted: Admission, node: XdsNode, first: SessionRequest): void {
    if ("refused" in admitted) {
      end(admitted.refused.code, admitted.refused.message);
      return;
    }
    if (closed) {
      admitted.release();
      return;
    }
    const { view, types, rejections, ownSecrets } = admitted;
    const session = createSession({
      dialect: kind.dialect,
      replica: around.replica,
      view,
      secrets: peer.transport === "plaintext" ? "none" : ownSecrets ? OWN_SECRETS : [],
      rejections,
      shared: around.shared,
      limits,
      ttl: takenTtl(node, kind.dialect, around.ttl),
      resourceErrors: around.resourceErrors.some((agent) => node.userAgent.startsWith(agent)),
    });
    const label = { stream: id, nodeId: node.id, peer, dialect: kind.dialect };
    opened = { session, label, node, admitted, openedAtMs: now(), types };
    around.follow(stream, view);
    around.report({ kind: "stream-opened", connection: connectionOf(opened, false) });
    assigning = false;
    step({ kind: "request", request: first });
  }

  function step(event: SessionEvent): void {
    if (closed || opened === undefined) return;
    const effects = opened.session.step(event, now());
    for (let at = 0; at < effects.length; at++) apply(effects[at] as SessionEffect, opened);
    if (event.kind !== "written") around.touch(stream);
    const { heartbeatAtMs } = opened.session;
    if (heartbeatAtMs !== remindedAtMs) {
      remindedAtMs = heartbeatAtMs;
      around.remind(stream, heartbeatAtMs);
    }
    // What is written and drained settles nothing.
    if (event.kind === "written" || event.kind === "drained") return;
    if (!assigning && opened.session.settled) appliedRevision = around.replica.revision;
  }

  function drained(): void {
    step(DRAINED);
  }

  function apply(effect: SessionEffect, { session, label, admitted }: Opened): void {
    switch (effect.kind) {
      case "send": {
        const { response } = effect;
        const { nonce, frame } = around.assembly.assemble(response, lastNonce);
        lastNonce = nonce;
        step({ kind: "written", nonce: String(nonce) });
        // The callback comes when the peer's flow control let the bytes through: one response at a time is in memory.
        call.write(frame, drained);
        const { typeUrl, version, resources, removed, oversize } = response;
        around.report({
          kind: "push",
          typeUrl,
          nonce: String(nonce),
          version,
          resources: resources.length,
          removed: removed.length,
          bytes: frame.length - PREFIX_BYTES,
          oversize,
          stream: label.stream,
          nodeId: label.nodeId,
          peer: label.peer,
          dialect: label.dialect,
        });
        return;
      }
      case "end":
        end(effect.status, effect.message);
        return;
      case "acknowledged": {
        const { typeUrl, nonce, waitedMs } = effect;
        const { stream, nodeId, peer, dialect } = label;
        around.report({ kind: "ack", typeUrl, nonce, waitedMs, stream, nodeId, peer, dialect });
        return;
      }
      case "rejected": {
        const { typeUrl, nonce, message, suspects } = effect;
        admitted.remember(effect.resources);
        const resources = effect.resources.map(({ name, version }) => ({ name, version }));
        around.report({ kind: "nack", typeUrl, nonce, message, resources, suspects, view: session.view, ...label });
        return;
      }
      case "forgiven":
        admitted.forgive(effect.resource);
        return;
      case "secrets":
        for (const name of effect.unwanted) admitted.unwatch(name);
        for (const name of effect.wanted) admitted.watch(name);
        return;
    }
  }

  function connectionOf({ session, label, node, openedAtMs }: Opened, settled: boolean): XdsConnection {
    if (settled) appliedRevision = around.replica.revision;
    return {
      ...label,
      cluster: node.cluster,
      userAgent: node.userAgent,
      view: session.view,
      service: kind.shortName,
      openedAtMs,
      appliedRevision,
      settled,
      types: session.status(),
    };
  }

  const stream: ServedStream = {
    number: id,
    wake() {
      // Who was reminded is not reminded again unless it is said again.
      remindedAtMs = undefined;
      step(CHANGED);
    },
    end,
    connection: () => opened && connectionOf(opened, !assigning && opened.session.settled),
  };

  around.awaitNode(stream);
  call.listen(
    {
      message: onData,
      halfClosed: () => end("OK", ""),
      cancelled: () => close("CANCELLED", "the client or its connection went away"),
    },
    limits.maxRequestBytes,
  );
  return stream;
}

const CHANGED: SessionEvent = { kind: "changed" };
const DRAINED: SessionEvent = { kind: "drained" };
