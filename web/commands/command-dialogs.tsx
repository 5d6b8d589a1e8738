import { asked } from "./asked.ts";
import { StartDialog } from "./start-dialog.tsx";
import { StopDialog } from "./stop-dialog.tsx";

export function CommandDialogs() {
  const now = asked.value;
  if (now?.kind === "start") return <StartDialog job={now.job} />;
  return now?.kind === "stop" ? <StopDialog job={now.job} force={now.force} /> : null;
}
