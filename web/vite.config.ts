import { defineConfig } from "vite";

/** Names without hashes: the files are kept in the repository, and the server tells them apart by their ETag. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "built",
    emptyOutDir: true,
    target: "baseline-widely-available",
    modulePreload: false,
    reportCompressedSize: false,
    cssMinify: "lightningcss",
    // From here on browsers know light-dark().
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    rolldownOptions: {
      output: {
        entryFileNames: "assets/page.js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/page[extname]",
      },
    },
  },
});
