import { defineConfig } from "jobcontrol";

export default defineConfig({
  types: {
    // Draws photos to work with. It takes the CPU for itself, and so has a thread.
    photos: { thread: "./jobs/photos.ts" },
    // Makes a small picture of each photo. Two such jobs at a time, in two threads that are kept; more of them wait.
    thumbnails: {
      thread: { module: "./jobs/thumbnails.ts", pool: 2, memory: "512MB" },
      stopGrace: "2s",
    },
  },
});
