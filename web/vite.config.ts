import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // The content security policy allows scripts and styles from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // shaka-player is one chunk of half a megabyte, loaded after the first paint.
    chunkSizeWarningLimit: 600,
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
