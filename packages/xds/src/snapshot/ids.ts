import type { Brand } from "@portolan/model";

/** A set of resources that several views share. */
export type LayerId = Brand<string, "LayerId">;

/** What a group of clients sees: an ordered list of layers. */
export type ViewId = Brand<string, "ViewId">;

export function layerId(text: string): LayerId {
  return text as LayerId;
}

export function viewId(text: string): ViewId {
  return text as ViewId;
}
