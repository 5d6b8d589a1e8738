/** @param {import("jobcontrol").JobContext} context */
export function run({ input: { number } }) {
  return { doubled: Number(number) * 2 };
}
