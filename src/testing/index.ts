/** For the tests of those who build on jobcontrol, or behind its seams. */
export { engineConformance } from "./engine-conformance.ts";
export type { EngineOptions, EngineUnderTest, TestRunner } from "./engine-under-test.ts";
export { FakeClock } from "./fake-clock.ts";
