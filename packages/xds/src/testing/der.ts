/** Just enough of X.690 (DER) to write certificates that tests need, wrong ones included. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 255);
  return Buffer.concat([Buffer.from([tag, 128 | length.length, ...length]), body]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return der(0x30, ...items);
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return der(0x31, ...items);
}

export function explicit(tag: number, content: Uint8Array): Buffer {
  return der(0xa0 | tag, content);
}

export function integer(bytes: Uint8Array): Buffer {
  return der(0x02, bytes);
}

export function bool(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 255 : 0]));
}

export function octets(content: Uint8Array): Buffer {
  return der(0x04, content);
}

export function bits(content: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), content);
}

export function text(value: string): Buffer {
  return der(0x0c, Buffer.from(value));
}

export function time(at: Date): Buffer {
  return der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, "")));
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const group = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) group.unshift((left & 127) | 128);
    bytes.push(...group);
  }
  return der(0x06, Buffer.from(bytes));
}
