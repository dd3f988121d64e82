import { lastVipIndex, type MeshSnapshot, type Problem } from "@portolan/model";
import type { VipState } from "./allocate.ts";

/** PTL1407: hosts that have no address, because the pools are used up. */
export function vipProblems(state: VipState, snapshot: MeshSnapshot): readonly Problem[] {
  const problems: Problem[] = [];
  for (const hostname of state.waiting) {
    for (const id of snapshot.servicesByHost.get(hostname) ?? []) {
      const owner = snapshot.services.get(id)?.owner;
      const origin = owner === undefined ? undefined : snapshot.objects.get(owner)?.meta.origin;
      if (owner === undefined || origin === undefined) continue;
      const { bindPool, capturePool } = snapshot.settings;
      const message = `${hostname} has no VIP: all ${lastVipIndex(snapshot.settings)} addresses of ${bindPool} and ${capturePool} are in use or not forgotten yet; give it an address, or use larger pools`;
      problems.push({ code: "PTL1407", severity: "error", origin, object: owner, message });
    }
  }
  return problems;
}
