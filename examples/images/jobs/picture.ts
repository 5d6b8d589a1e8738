/** Red, green, blue and opacity of each pixel, row by row, as jpeg-js has them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture of this width: each pixel is the mean of those that it stands for. `onRow` is called after each row. */
export function shrunk(
  { width: oldWidth, height: oldHeight, data }: Picture,
  width: number,
  onRow: () => void,
): Picture {
  const height = Math.max(1, Math.round((oldHeight * width) / oldWidth));
  const small = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const rows = span(y, height, oldHeight);
    for (let x = 0; x < width; x++) {
      const columns = span(x, width, oldWidth);
      const sums = [0, 0, 0, 0];
      for (let row = rows.from; row < rows.to; row++) {
        for (let column = columns.from; column < columns.to; column++) {
          const at = (row * oldWidth + column) * 4;
          for (let channel = 0; channel < 4; channel++)
            sums[channel] = (sums[channel] ?? 0) + (data[at + channel] ?? 0);
        }
      }
      const count = (rows.to - rows.from) * (columns.to - columns.from);
      for (const [channel, sum] of sums.entries()) small[(y * width + x) * 4 + channel] = sum / count;
    }
    onRow();
  }
  return { width, height, data: small };
}

/** Of `large` old places, those that the new place `at` of `small` ones stands for: at least one. */
function span(at: number, small: number, large: number): { readonly from: number; readonly to: number } {
  const from = Math.floor((at * large) / small);
  return { from, to: Math.max(from + 1, Math.floor(((at + 1) * large) / small)) };
}
