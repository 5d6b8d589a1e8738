import { Metadata } from "@grpc/grpc-js";

/** Headers of the web's API as grpc-js metadata, and back. Binary values are base64 there, buffers here. */

export function toMetadata(headers: Headers): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of headers) {
    metadata.add(key, key.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  }
  return metadata;
}

export function toHeaders(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const [key, values] of Object.entries(metadata.toHttp2Headers())) {
    for (const value of [values].flat()) headers.append(key, String(value));
  }
  return headers;
}
