import type { MetricSource } from "../metrics/catalogue.ts";
import { notStored } from "./answer.ts";
import type { Pages } from "./routes.ts";

/** `/metrics`, for Prometheus. What makes it is loaded when it is first asked for: a server that is not scraped pays nothing. */
export function metricsPages(read: () => MetricSource): Pages {
  const load = async () => {
    const { MetricsPage } = await import("../metrics/metrics-page.ts");
    return new MetricsPage(read);
  };
  let loading: ReturnType<typeof load> | undefined;

  async function answer() {
    loading ??= load();
    const page = await loading;
    const headers = ["Content-Type", page.contentType, ...notStored];
    return { status: 200, headers, body: await page.text() };
  }

  return ({ path }) => (path === "/metrics" ? answer() : undefined);
}
