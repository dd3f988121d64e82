import { channel } from "node:diagnostics_channel";
import type { Problem } from "@portolan/model";

/** Messages of the channel `portolan:registry:published`. */
export interface PublishedMessage {
  readonly revision: number;
  /** How many of each changed. */
  readonly objects: number;
  readonly services: number;
  readonly endpoints: number;
}

/** Messages of `portolan:registry:problem` and `portolan:registry:recovered`: something is wrong, or is well again. */
export interface ProblemMessage {
  readonly problem: Problem;
}

/** Messages of `portolan:registry:failed`: the registry itself could not do something, goes on, and tries again where that helps. */
export interface FailedMessage {
  readonly what: "commit" | "apply" | "listener" | "source";
  readonly error: unknown;
}

const published = channel("portolan:registry:published");
const problem = channel("portolan:registry:problem");
const recovered = channel("portolan:registry:recovered");
const failed = channel("portolan:registry:failed");

export const events = {
  published: (message: PublishedMessage) => published.publish(message),
  problem: (message: ProblemMessage) => problem.publish(message),
  recovered: (message: ProblemMessage) => recovered.publish(message),
  failed: (message: FailedMessage) => failed.publish(message),
};
