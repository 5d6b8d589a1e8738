/** A JSON object, as `google.protobuf.Struct` carries it: the input of a job and its result. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
