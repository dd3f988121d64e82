declare const brand: unique symbol;

/** A primitive that only its `parseX` function mints, so that holding one proves that it was checked. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
