import { AnySchema, encodeDeterministic, envoyRegistry } from "@portolan/envoy";
import type { ResourceMessage } from "../resource/encoded-resource.ts";
import { messageReader } from "../resource/resource-messages.ts";
import type { ResourceName } from "../resource/resource-name.ts";
import { compileTemplate, placeholder, splitAtPlaceholders } from "../resource/template.ts";
import { encodeAny } from "../resource/wire.ts";
import type { EncodedMessage } from "./encoded-message.ts";
import { refusalOf } from "./refusable.ts";

/**
 * A message that is one of many: it depends on its texts in nothing but that they stand in it, alone or as parts of longer
 * ones. So it is built once a shape, and for each resource only its texts are put into the bytes.
 */
export interface ShapedMessage {
  readonly kind: "shaped";
  /** Names all else that it depends on. */
  readonly shape: string;
  readonly texts: readonly string[];
  translate(texts: readonly string[]): ResourceMessage;
}

/** Gives the bytes, or where it has no shape to share the message. */
export type EncodeShaped = (message: ShapedMessage) => EncodedMessage | ResourceMessage;

type Fill = (texts: readonly string[]) => EncodedMessage;

/** Shapes are made of ports and settings: there are few, unless somebody wants there to be many. */
const MAX_SHAPES = 1000;

export function createShapedEncoder(): EncodeShaped {
  const shapes = new Map<string, Fill | undefined>();
  return ({ shape, texts, translate }) => {
    if (texts.includes("")) return translate(texts);
    const key = `${texts.length} ${shape}`;
    if (!shapes.has(key)) {
      if (shapes.size >= MAX_SHAPES) shapes.clear();
      shapes.set(key, fillOf(translate(texts.map((_, index) => placeholder(index)))));
    }
    return shapes.get(key)?.(texts) ?? translate(texts);
  };
}

/** Undefined where it cannot be told without the texts whether Envoy would refuse it, and why. */
function fillOf(message: ResourceMessage): Fill | undefined {
  const reader = messageReader(message.$typeName);
  if (reader === undefined || refusalOf(message) !== undefined) return undefined;
  const { typeUrl, schema } = reader;
  const whole = encodeAny(typeUrl, encodeDeterministic(schema, message));
  const body = compileTemplate(AnySchema, whole, envoyRegistry());
  const nameOf = splitAtPlaceholders(reader.nameOf(message));
  const references = reader.referencesOf(message).map((to) => ({ to, nameOf: splitAtPlaceholders(to.name) }));
  const claims = reader.claimsOf(message).map(splitAtPlaceholders);
  return (texts) => ({
    kind: "encoded",
    name: { typeUrl, name: nameOf(texts) },
    body: body.encode(texts),
    references: references.map((one): ResourceName => ({ typeUrl: one.to.typeUrl, name: one.nameOf(texts) })),
    claims: claims.map((claim) => claim(texts)),
  });
}
