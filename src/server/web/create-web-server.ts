import type { ServiceImplSpec } from "@connectrpc/connect";
import type { Health } from "../health.ts";
import { healthPages } from "./health-pages.ts";
import { WebServer, type WebServerOptions } from "./web-server.ts";

/** The HTTP/1.1 door with all that is behind it: the calls, and each of the pages. */
export function createWebServer(services: readonly ServiceImplSpec[], options: WebOptions): WebServer {
  const { health, ...rest } = options;
  return new WebServer(services, { ...rest, pages: [healthPages(health)] });
}

export interface WebOptions extends Omit<WebServerOptions, "pages"> {
  readonly health: { readonly live: Health; readonly ready: Health };
}
