import type { ServiceImplSpec } from "@connectrpc/connect";
import type { Health } from "../health.ts";
import type { MetricSource } from "../metrics/catalogue.ts";
import { dashboardPages } from "./dashboard-pages.ts";
import { healthPages } from "./health-pages.ts";
import { metricsPages } from "./metrics-pages.ts";
import { restrictedPages } from "./restricted-pages.ts";
import type { Pages } from "./routes.ts";
import { WebServer, type WebServerOptions } from "./web-server.ts";

/** The HTTP/1.1 door with all that is behind it: the calls, and each of the pages. */
export function createWebServer(services: readonly ServiceImplSpec[], options: WebOptions): WebServer {
  const { health, metrics: _metrics, ...rest } = options;
  const pages = [healthPages(health), metricsFor(options), dashboardPages()];
  return new WebServer(services, { ...rest, pages });
}

/** They tell what the jobs do, and so are not for everybody. */
function metricsFor({ metrics, access }: WebOptions): Pages {
  const pages = metricsPages(metrics);
  return access === undefined
    ? pages
    : restrictedPages(pages, { paths: ["/metrics"], needed: "metrics", access });
}

export interface WebOptions extends Omit<WebServerOptions, "pages"> {
  readonly health: { readonly live: Health; readonly ready: Health };
  /** Read at each scrape. */
  readonly metrics: () => MetricSource;
}
