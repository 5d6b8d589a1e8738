/** For the tests of those who build on jobcontrol, or behind its seams. */
export { type EngineUnderTest, engineConformance } from "./engine-conformance.ts";
export { FakeClock } from "./fake-clock.ts";
