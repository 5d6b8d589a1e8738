import type { ServiceImplSpec } from "@connectrpc/connect";
import type { Health } from "../health.ts";
import type { MetricSource } from "../metrics/catalogue.ts";
import { dashboardPages } from "./dashboard-pages.ts";
import { healthPages } from "./health-pages.ts";
import { metricsPages } from "./metrics-pages.ts";
import { WebServer, type WebServerOptions } from "./web-server.ts";

/** The HTTP/1.1 door with all that is behind it: the calls, and each of the pages. */
export function createWebServer(services: readonly ServiceImplSpec[], options: WebOptions): WebServer {
  const { health, metrics, ...rest } = options;
  const pages = [healthPages(health), metricsPages(metrics), dashboardPages()];
  return new WebServer(services, { ...rest, pages });
}

export interface WebOptions extends Omit<WebServerOptions, "pages"> {
  readonly health: { readonly live: Health; readonly ready: Health };
  /** Read at each scrape. */
  readonly metrics: () => MetricSource;
}
