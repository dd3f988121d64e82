import type { ResourceName } from "../resource/resource-name.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";

/** What a client refers to that came back, and says of what it has the name and the version alone. */
export const UNSAID: readonly ResourceName[] = [];

/** Whether the client alone knows what that refers to. */
export function isUnsaid(resource: ReplicaResource | undefined): boolean {
  return resource?.references === UNSAID;
}
