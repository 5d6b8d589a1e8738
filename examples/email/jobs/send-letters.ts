import type { JobContext } from "jobcontrol";
import { PipelineError, pipeline } from "jobcontrol/pipeline";
import { Mailer, type MailerOptions } from "./mailer.ts";
import { type Answer, type Letter, Outbox } from "./outbox.ts";

export interface SendOptions extends MailerOptions {
  readonly outbox: URL;
  readonly batchSize: number;
}

/**
 * Sends what waits in the outbox, in batches: a batch is claimed in one transaction, goes out over the connections, and its
 * answers are written down in another. A stop waits for the letters that are on their way; the others of the batch
 * wait again.
 * An attempt fails where letters were refused for now, or the server is gone. The next one takes up what still waits, so
 * nothing that the server took is sent again.
 */
export function sendLetters({ outbox: file, batchSize, ...options }: SendOptions) {
  return async (ctx: JobContext) => {
    const { signal, runId, attempt } = ctx;
    const { sendDoubtfulAgain = false } = ctx.input;
    using outbox = new Outbox(file);
    using mailer = new Mailer(options);
    await mailer.greet();
    for (const { id, to } of outbox.findLost()) ctx.log(`letter ${id} to ${to}: in doubt, cut off`);
    if (sendDoubtfulAgain === true && attempt === 1) outbox.sendDoubtfulAgain();
    const counts = {
      sent: outbox.count("sent", { runId }),
      refused: outbox.count("refused", { runId }),
      waiting: 0,
      "in-doubt": outbox.count("in-doubt", { runId }),
    };
    const total = counts.sent + counts.refused + outbox.count("waiting");

    async function send(letter: Letter): Promise<Answer> {
      const answer = await mailer.send(letter);
      counts[answer.state]++;
      if (answer.state !== "sent")
        ctx.log(`letter ${letter.id} to ${letter.to}: ${answer.state}, ${answer.words}`);
      return answer;
    }

    async function sendBatch(letters: readonly Letter[]): Promise<void> {
      const answers = new Map<Letter, Answer>();
      outbox.claim(letters, runId);
      try {
        await pipeline(letters).forEach(
          async (letter) => {
            const answer = await send(letter);
            answers.set(letter, answer);
            if (answer.state === "in-doubt") throw new Error(`The connection was lost: ${answer.words}`);
          },
          { concurrency: options.connections, signal },
        );
      } catch (error) {
        throw error instanceof PipelineError ? error.cause : error;
      } finally {
        outbox.settle(letters, answers);
      }
    }

    function tell(): void {
      const { sent, refused, waiting: later, "in-doubt": inDoubt } = counts;
      const message = `${sent} sent, ${refused} refused, ${later} for later, ${inDoubt} in doubt`;
      ctx.progress({ current: sent + refused, total, unit: "letters", message });
    }

    await pipeline(outbox.waiting())
      .batch({ size: batchSize, within: 200 })
      .forEach(sendBatch, { capacity: 1, signal, onProgress: tell });
    if (counts.waiting > 0) throw new Error(`${counts.waiting} letters were refused for now`);
    return {
      sent: counts.sent,
      refused: counts.refused,
      refusals: outbox.words("refused", { runId, limit: 100 }),
      inDoubt: outbox.count("in-doubt"),
    };
  };
}
