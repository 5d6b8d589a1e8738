/** Where a watch goes on: after a revision, counted in an epoch. On the wire: `epoch:revision`. */
export interface ResumePoint {
  readonly epoch: string;
  readonly revision: number;
}

export function formatResumeToken(epoch: string, revision: number): string {
  return `${epoch}:${revision}`;
}

/** @returns undefined for what no server ever gave out */
export function parseResumeToken(token: string): ResumePoint | undefined {
  const match = /^([0-9a-z]{1,32}):([0-9]{1,16})$/.exec(token);
  const [, epoch, digits] = match ?? [];
  const revision = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(revision) ? { epoch, revision } : undefined;
}
