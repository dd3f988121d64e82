export type ModelErrorCode = "vip-index-out-of-pool";

/** A call that breaks its contract. What data may be wrong about is a value (`Problem`, `Result`), never this. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
