import { type Change, etagOf } from "../../../src/job/job.ts";
import type { Outcome } from "../../../src/job/settlement.ts";
import type { JobHistory } from "../../../src/testing/job-history.ts";
import type { Evidence, Fault, Heard } from "./evidence.ts";
import { nameOf, tellsRevision } from "./judge-answers.ts";

/**
 * Judges that every request took effect once: the changes of a job that give it a new etag, as each command does that
 * changes it, are one for one those that callers were told of. Every request must have been answered.
 */
export function judgeEffects({ heard, receipts, history }: Evidence): readonly Fault[] {
  const claims = new Claims();
  const faults = heard.flatMap((one) => {
    const isApplied = outcomeOf(one, receipts) === "applied";
    return isApplied ? claims.add(one, history) : [];
  });
  const byNobody = new Map<string, number[]>();
  for (const change of history.between(0, history.revision)) {
    const { jobId, desiredState } = change.status;
    const before = history.before(change);
    if (isByCommand(change, history)) {
      if (!claims.has(change.revision))
        byNobody.set(jobId, [...(byNobody.get(jobId) ?? []), change.revision]);
    } else if (before !== undefined && before.desiredState !== desiredState)
      faults.push({ rule: "once", about: jobId, found: `${desiredState} by nobody at ${change.revision}` });
  }
  return [...faults, ...claims.compareRest(byNobody)];
}

/** The effects that callers were told of, at their revisions where they were told those. */
class Claims {
  readonly #requests = new Map<number, string>();
  /** By job, the requests of which nobody was told when they took effect, or only when he asked again. */
  readonly #rest = new Map<string, Set<string>>();

  has(revision: number): boolean {
    return this.#requests.has(revision);
  }

  add(one: Heard, history: JobHistory): Fault[] {
    const { requestId, order, told } = one;
    if (told.kind === "refused" || told.status === undefined || !tellsRevision(one)) {
      this.#rest.set(order.jobId, (this.#rest.get(order.jobId) ?? new Set()).add(requestId));
      return [];
    }
    const revision = Number(told.status.revision);
    const other = this.#requests.get(revision) ?? requestId;
    this.#requests.set(revision, requestId);
    if (other !== requestId)
      return [{ rule: "once", about: nameOf(one), found: `the effect of ${other} at ${revision}` }];
    const change = history.at(revision);
    if (change === undefined || isByCommand(change, history)) return [];
    return [{ rule: "once", about: nameOf(one), found: `no effect at ${revision}` }];
  }

  /** What is left on both sides can only be counted. */
  compareRest(byNobody: ReadonlyMap<string, readonly number[]>): Fault[] {
    const claimed = new Set(this.#requests.values());
    return [...new Set([...this.#rest.keys(), ...byNobody.keys()])].flatMap((jobId): Fault[] => {
      const requests = [...(this.#rest.get(jobId) ?? [])].filter((requestId) => !claimed.has(requestId));
      const revisions = byNobody.get(jobId) ?? [];
      if (requests.length === revisions.length) return [];
      const found = `effects of ${requests.length} requests (${requests}) at ${revisions.length} revisions (${revisions})`;
      return [{ rule: "once", about: jobId, found }];
    });
  }
}

function outcomeOf({ requestId, told }: Heard, receipts: Evidence["receipts"]): Outcome {
  if (told.kind === "refused") return "rejected";
  return (told.outcome === "accepted" ? receipts.get(requestId)?.outcome : undefined) ?? told.outcome;
}

export function isByCommand(change: Change, history: JobHistory): boolean {
  const { etag, uid } = change.status;
  return etag !== (history.before(change)?.etag ?? etagOf(uid, 0));
}
