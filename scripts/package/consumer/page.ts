import { createBounded } from "jobcontrol/channel";
import { createClientOn, describeFailure, watchStatus } from "jobcontrol/client";
import { JobState } from "jobcontrol/gen";

/** What a page in a browser takes of the package: all that needs no Node. */
export { createBounded, createClientOn, describeFailure, JobState, watchStatus };
