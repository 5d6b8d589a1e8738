/**
 * Why a store cannot be opened. `jobctl` ends with exit code 3 and the message, which is one line and names the file.
 */
export type StoreErrorCode =
  /** Another server uses it. */
  | "STORE_IN_USE"
  /** It is no SQLite database, or another program's. */
  | "STORE_FOREIGN"
  | "STORE_DAMAGED"
  /** A later version of jobcontrol made it. */
  | "STORE_TOO_NEW"
  | "STORE_READ_ONLY"
  /** No such folder, no permission, an I/O error. */
  | "STORE_INACCESSIBLE"
  /** It was in use here, and cannot be any more: no thread can be had that writes it, or another server has had it meanwhile. */
  | "STORE_LOST"
  /** There is something at the place where a new file was to be made. */
  | "STORE_EXISTS";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
