/** For the tests of those who build on jobcontrol, or behind its seams. */
export { engineConformance } from "./engine-conformance.ts";
export type { EngineOptions, EngineUnderTest, TestRunner } from "./engine-under-test.ts";
export { FakeClock } from "./fake-clock.ts";
export { JobHistory, readHistory } from "./job-history.ts";
export { type ToldMessage, toldByCore, toldOnWire } from "./told-message.ts";
export type { ReadMessage, WatchEnd, WatchRecording } from "./watch-recording.ts";
export { validateWatch } from "./watch-validator.ts";
export type { Promised, Violation } from "./watch-violation.ts";
