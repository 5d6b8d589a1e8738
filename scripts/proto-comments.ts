import type {
  DescEnum,
  DescEnumValue,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  DescOneof,
  DescService,
} from "@bufbuild/protobuf";

export type Commented =
  | DescService
  | DescMethod
  | DescMessage
  | DescField
  | DescOneof
  | DescEnum
  | DescEnumValue;

/** Finds the comment above anything that the files declare, without its marks; empty where there is none. */
export function commentsOf(files: readonly DescFile[]): (desc: Commented) => string {
  const comments = new Map<unknown, string>();
  for (const file of files) {
    const byPath = new Map(
      file.proto.sourceCodeInfo?.location.map(({ path, leadingComments }) => [
        path.join("."),
        leadingComments,
      ]),
    );
    for (const [proto, path] of pathsIn(file)) comments.set(proto, textOf(byPath.get(path) ?? ""));
  }
  return ({ proto }) => comments.get(proto) ?? "";
}

/** Each declaration with its path in the descriptor of the file: numbers of fields, and indexes into them. */
function* pathsIn({ proto }: DescFile): Generator<[proto: object, path: string]> {
  yield* each(proto.enumType, "5", enumPaths);
  yield* each(proto.messageType, "4", messagePaths);
  yield* each(proto.service, "6", function* (service, path) {
    yield* each(service.method, `${path}.2`);
  });
}

type MessageProto = DescMessage["proto"];
type Paths<T> = (proto: T, path: string) => Generator<[proto: object, path: string]>;

function* messagePaths(message: MessageProto, path: string): ReturnType<Paths<MessageProto>> {
  yield* each(message.field, `${path}.2`);
  yield* each(message.oneofDecl, `${path}.8`);
  yield* each(message.enumType, `${path}.4`, enumPaths);
  yield* each(message.nestedType, `${path}.3`, messagePaths);
}

function* enumPaths({ value }: DescEnum["proto"], path: string): ReturnType<Paths<DescEnum["proto"]>> {
  yield* each(value, `${path}.2`);
}

function* each<T extends object>(
  protos: readonly T[],
  path: string,
  inside?: Paths<T>,
): Generator<[proto: object, path: string]> {
  for (const [index, proto] of protos.entries()) {
    yield [proto, `${path}.${index}`];
    if (inside !== undefined) yield* inside(proto, `${path}.${index}`);
  }
}

/** The compiler takes the slashes off, and leaves the space after them. */
function textOf(comment: string): string {
  return comment.replaceAll(/^ /gm, "").trim();
}
