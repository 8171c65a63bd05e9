import { svelte } from "@sveltejs/vite-plugin-svelte";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  // `npm run dev` shows the sources as they change, before a platform that runs (`make up`).
  // Media are signed for the host that the browser asks, so the platform must see that host.
  const platform = { target: loadEnv(mode, ".", "LEGATO_")["LEGATO_URL"] ?? "http://localhost:8080", changeOrigin: false };
  const proxy = Object.fromEntries(["/v1", "/media", "/art", "/.well-known"].map((path) => [path, platform]));
  return {
    plugins: [svelte()],
    server: { proxy },
    preview: { proxy },
    build: {
      target: "es2022",
      // The content security policy allows scripts and styles from files only.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // shaka-player is one chunk of half a megabyte, loaded after the first paint.
      chunkSizeWarningLimit: 600,
    },
    test: { include: ["tests/**/*.test.ts"], environment: "node" },
  };
});
