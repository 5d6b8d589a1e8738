import type { DescFile, DescService } from "@bufbuild/protobuf";
import { Code, type ServiceImplSpec } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.ts";
import type { ServerReflectionRequest } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import type { ServerReflectionRequest as AlphaRequest } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { ServerReflection as AlphaReflection } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { DescriptorIndex, encodeWithImports } from "./descriptor-index.ts";
import { implement } from "./service-spec.ts";

/**
 * Server reflection, v1 and v1alpha, which differ only in name, for these services and for itself: it lets
 * grpcurl and `buf curl` call a server without its proto files. A question that it cannot answer gets an error
 * response, and the stream goes on.
 */
export function createReflectionServices(services: readonly DescService[]): readonly ServiceImplSpec[] {
  const reflected = [...services, ServerReflection, AlphaReflection];
  let index: DescriptorIndex | undefined;

  async function* answer<T extends AnyRequest>(requests: AsyncIterable<T>) {
    index ??= new DescriptorIndex(reflected, [file_google_rpc_error_details]);
    for await (const request of requests) {
      const messageResponse = answerOf(request.messageRequest, index);
      yield { validHost: request.host, originalRequest: request, messageResponse };
    }
  }

  return [
    implement(ServerReflection, { serverReflectionInfo: answer }),
    implement(AlphaReflection, { serverReflectionInfo: answer }),
  ];
}

type AnyRequest = ServerReflectionRequest | AlphaRequest;

function answerOf(question: AnyRequest["messageRequest"], index: DescriptorIndex) {
  switch (question.case) {
    case "listServices":
      return listOf(index.services);
    case "fileByFilename":
      return fileOr(index.file(question.value), `No such file: ${question.value}`);
    case "fileContainingSymbol":
      return fileOr(index.fileOfSymbol(question.value), `No such symbol: ${question.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const extension = index.extensionsOf(containingType).get(extensionNumber);
      return fileOr(extension?.file, `No such extension: ${containingType} ${extensionNumber}`);
    }
    case "allExtensionNumbersOfType":
      return numbersOf(question.value, index);
    default:
      return failure(Code.InvalidArgument, "Nothing was asked");
  }
}

function listOf(services: readonly DescService[]) {
  const service = services.map(({ typeName }) => ({ name: typeName }));
  return { case: "listServicesResponse", value: { service } } as const;
}

function fileOr(file: DescFile | undefined, fault: string) {
  if (file === undefined) return failure(Code.NotFound, fault);
  const value = { fileDescriptorProto: encodeWithImports(file) };
  return { case: "fileDescriptorResponse", value } as const;
}

function numbersOf(typeName: string, index: DescriptorIndex) {
  if (!index.hasMessage(typeName)) return failure(Code.NotFound, `No such message: ${typeName}`);
  const value = { baseTypeName: typeName, extensionNumber: [...index.extensionsOf(typeName).keys()] };
  return { case: "allExtensionNumbersResponse", value } as const;
}

function failure(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse", value: { errorCode, errorMessage } } as const;
}
