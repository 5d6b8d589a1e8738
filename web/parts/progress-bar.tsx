import type { Progress } from "../../gen/jobcontrol/v1/job_pb.ts";
import { plain } from "../words/plain.ts";
import { progressInShort, progressInWords, shareDone } from "../words/progress.ts";

/** How far the work says it is. Without a total there is no bar, only the count. */
export function ProgressBar({ progress }: { readonly progress: Progress }) {
  const share = shareDone(progress);
  const words = plain(progressInWords(progress), { maxLength: 200 });
  if (share === undefined) {
    return (
      <span class="progress progress-count" title={words}>
        {plain(`${progressInShort(progress)} ${progress.unit}`, { maxLength: 60 })}
      </span>
    );
  }
  return (
    <span class="progress" title={words}>
      <svg class="progress-track" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="progress-all" width="100" height="4" />
        <rect class="progress-done" width={share * 100} height="4" />
      </svg>
      <span class="progress-share">{progressInShort(progress)}</span>
    </span>
  );
}
