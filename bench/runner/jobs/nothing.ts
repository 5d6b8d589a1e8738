/** The least that a thread can do. */
export function run(): void {}
