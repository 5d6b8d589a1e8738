import {
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  ScalarType,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/**
 * What clients depend on, as text that can be read and compared: each message, enum and service by its full name,
 * with one line for each of its fields, values and methods.
 */
export type Contract = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Describes everything that `files` declare. */
export function describeContract(files: readonly DescFile[]): Contract {
  const contract: Record<string, Record<string, string>> = {};
  for (const type of files.flatMap((file) => [...nestedTypes(file)])) {
    if (type.kind !== "extension") contract[type.typeName] = describeMembers(type);
  }
  return contract;
}

function describeMembers(type: DescMessage | DescEnum | DescService): Record<string, string> {
  switch (type.kind) {
    case "message":
      return Object.fromEntries(type.fields.map((field) => [field.name, describeField(field)]));
    case "enum":
      return Object.fromEntries(type.values.map((value) => [value.name, `${value.number}`]));
    case "service":
      return Object.fromEntries(type.methods.map((method) => [method.name, describeMethod(method)]));
  }
}

/** For example `3 gracePeriod: optional google.protobuf.Duration`: the number, the name in JSON, the type. */
function describeField(field: DescField): string {
  const presence = field.proto.proto3Optional ? "optional " : "";
  const oneof = field.oneof ? `oneof ${field.oneof.name} ` : "";
  return `${field.number} ${field.jsonName}: ${presence}${oneof}${describeType(field)}`;
}

function describeType(field: DescField): string {
  switch (field.fieldKind) {
    case "map":
      return `map<${scalarName(field.mapKey)}, ${elementName(field)}>`;
    case "list":
      return `repeated ${elementName(field)}`;
    default:
      return elementName(field);
  }
}

function elementName({ message, enum: enumeration, scalar }: DescField): string {
  return (message ?? enumeration)?.typeName ?? scalarName(scalar);
}

function scalarName(scalar: ScalarType | undefined): string {
  return scalar === undefined ? "unknown" : ScalarType[scalar].toLowerCase();
}

/** For example `WatchStatusRequest -> stream WatchStatusResponse`, with full names. */
function describeMethod({ methodKind, input, output }: DescMethod): string {
  const streamsIn = methodKind === "client_streaming" || methodKind === "bidi_streaming";
  const streamsOut = methodKind === "server_streaming" || methodKind === "bidi_streaming";
  return `${streamsIn ? "stream " : ""}${input.typeName} -> ${streamsOut ? "stream " : ""}${output.typeName}`;
}
